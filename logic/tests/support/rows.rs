//! The rows of one class session as a database would store them.
//!
//! They are written from events alone, without access to `Session`, and check what an event may do to a row. They
//! provide the facts for commands.

use std::collections::BTreeMap;

use logic::Instant;
use logic::ids::{BookingId, ProfileId};
use logic::session::{
    Actor, BookerFacts, BookingEnd, BookingKind, EntryFacts, Event, JoinerFacts, LeaveFacts, Offer, Purpose,
    Session, WaitingEntry,
};
use logic::status::{BookingStatus, EntryStatus, SessionStatus};

/// A booking.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    pub(crate) id: BookingId,
    pub(crate) profile: ProfileId,
    pub(crate) status: BookingStatus,
    pub(crate) is_makeup: bool,
}

/// One entry per profile, which a new join reopens, and every booking that was ever made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) entries: BTreeMap<ProfileId, EntryFacts>,
    pub(crate) bookings: Vec<Booking>,
    pub(crate) capacity: u32,
    pub(crate) called_off: bool,
    sent_at: BTreeMap<ProfileId, Instant>,
    tickets: i64,
}

impl Rows {
    pub(crate) fn new(capacity: u32) -> Self {
        Self { capacity, ..Self::default() }
    }

    pub(crate) fn book(&mut self, profile: ProfileId) {
        self.take_seat(profile, false);
    }

    fn take_seat(&mut self, profile: ProfileId, is_makeup: bool) {
        assert_eq!(
            self.leave_of(profile),
            None,
            "{profile} books again but keeps the right to a makeup from its leave"
        );
        assert!(self.live_booking(profile).is_none(), "{profile} is booked twice");
        let id = BookingId(i64::try_from(self.bookings.len()).unwrap() + 1);
        self.bookings.push(Booking { id, profile, status: BookingStatus::Booked, is_makeup });
    }

    pub(crate) fn live_booking(&self, profile: ProfileId) -> Option<&Booking> {
        self.bookings.iter().find(|b| b.profile == profile && b.status == BookingStatus::Booked)
    }

    pub(crate) fn booked(&self) -> usize {
        self.bookings.iter().filter(|b| b.status == BookingStatus::Booked).count()
    }

    /// Returns the queue in order.
    pub(crate) fn waiting(&self) -> Vec<WaitingEntry> {
        let mut queue: Vec<_> = self
            .entries
            .values()
            .filter(|row| row.status == EntryStatus::Waiting)
            .map(|row| WaitingEntry {
                ticket: row.ticket,
                profile: row.profile,
                last_notified_at: row.last_notified_at,
                round: row.round,
                lapsed: false,
            })
            .collect();
        queue.sort_by_key(|entry| entry.ticket);
        queue
    }

    /// Returns the live offers, by ticket.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        let mut offers: Vec<_> = self
            .entries
            .values()
            .filter(|row| row.status == EntryStatus::Notified)
            .map(|row| Offer {
                ticket: row.ticket,
                profile: row.profile,
                round: row.round,
                sent_at: self.sent_at[&row.profile],
                deadline: row.deadline.expect("an offer has a deadline"),
            })
            .collect();
        offers.sort_by_key(|offer| offer.ticket);
        offers
    }

    pub(crate) fn joiner(&self, profile: ProfileId, active_waitlists: u32) -> JoinerFacts {
        JoinerFacts {
            by: Actor::Member,
            profile,
            already_booked: self.live_booking(profile).is_some(),
            entry: self.entries.get(&profile).cloned(),
            active_waitlists,
            makeup: None,
        }
    }

    pub(crate) fn booker(&self, profile: ProfileId) -> BookerFacts {
        BookerFacts {
            by: Actor::Member,
            profile,
            already_booked: self.live_booking(profile).is_some(),
            entry: self.entries.get(&profile).cloned(),
            time_conflict: false,
            live_bookings: 0,
            leave: self.leave_of(profile),
            late_until: None,
            purpose: Purpose::Ordinary,
        }
    }

    /// Returns the leave that the profile took from this class.
    pub(crate) fn leave_of(&self, profile: ProfileId) -> Option<LeaveFacts> {
        let took = |row: &&Booking| row.profile == profile && row.status == BookingStatus::Leave;
        self.bookings.iter().rfind(took).map(|row| LeaveFacts { booking: row.id, made_up: false })
    }

    /// Asserts that the counters, the offers and the queue of the state machine agree with the rows.
    pub(crate) fn assert_agree(&self, session: &Session) {
        assert_eq!(self.waiting(), session.queue_front, "the queue");
        assert_eq!(session.waiting as usize, session.queue_front.len(), "the number of waiting entries");
        let mut offers = session.offers.clone();
        offers.sort_by_key(|offer| offer.ticket);
        assert_eq!(self.offers(), offers, "the offers");
        assert_eq!(self.booked(), session.booked as usize, "the bookings");
        assert_eq!(self.capacity, session.capacity, "the capacity");
        assert_eq!(self.called_off, session.status == SessionStatus::Cancelled, "called off");
    }

    /// Stores one event; panics if it contradicts the rows.
    pub(crate) fn record(&mut self, event: &Event) {
        match event {
            Event::Joined { ticket, profile, last_notified_at, round, .. } => {
                assert!(ticket.0 > self.tickets, "tickets must grow");
                self.tickets = ticket.0;
                assert!(self.live_booking(*profile).is_none(), "{profile} joined although it is booked");
                let before = self.entries.get(profile);
                assert!(before.is_none_or(|row| !row.status.is_active()), "{profile} joined twice");
                assert_eq!(*last_notified_at, before.and_then(|row| row.last_notified_at));
                assert_eq!(*round, before.map_or(0, |row| row.round));
                self.entries.insert(
                    *profile,
                    EntryFacts {
                        ticket: *ticket,
                        profile: *profile,
                        status: EntryStatus::Waiting,
                        deadline: None,
                        last_notified_at: *last_notified_at,
                        round: *round,
                    },
                );
            }
            Event::Offered { ticket, profile, round, sent_at, deadline } => {
                let row = self.change_status(*ticket, EntryStatus::Waiting, EntryStatus::Notified);
                assert_eq!((row.profile, row.round + 1), (*profile, *round));
                row.round = *round;
                row.last_notified_at = Some(*sent_at);
                row.deadline = Some(*deadline);
                self.sent_at.insert(*profile, *sent_at);
            }
            Event::Confirmed { ticket, profile, makeup } => {
                let row = self.change_status(*ticket, EntryStatus::Notified, EntryStatus::Confirmed);
                assert_eq!(row.profile, *profile);
                self.take_seat(*profile, makeup.is_some());
            }
            Event::Declined { ticket, .. } | Event::Withdrawn { ticket } => {
                self.change_status(*ticket, EntryStatus::Notified, EntryStatus::Cancelled);
            }
            Event::Expired { ticket, deadline } => {
                let row = self.change_status(*ticket, EntryStatus::Notified, EntryStatus::Expired);
                assert_eq!(row.deadline, Some(*deadline));
            }
            Event::LeftQueue { ticket, offered, .. } | Event::MakeupLapsed { ticket, offered } => {
                let from = if *offered { EntryStatus::Notified } else { EntryStatus::Waiting };
                self.change_status(*ticket, from, EntryStatus::Cancelled);
            }
            Event::EndedByBooking { ticket } => {
                self.change_status(*ticket, EntryStatus::Waiting, EntryStatus::Cancelled);
            }
            Event::Booked { profile, kind } => {
                self.take_seat(*profile, matches!(kind, BookingKind::Makeup(_)))
            }
            Event::LeaveUndone { booking } => {
                let row = self.bookings.iter_mut().find(|row| row.id == *booking).expect("a booking");
                assert_eq!(row.status, BookingStatus::Leave);
                row.status = BookingStatus::Cancelled;
            }
            Event::BookingEnded { booking, how } => {
                let row = self.bookings.iter_mut().find(|row| row.id == *booking).expect("a booking");
                assert_eq!(row.status, BookingStatus::Booked);
                row.status = match how {
                    BookingEnd::Makeup => {
                        assert!(row.is_makeup, "an ordinary booking ended as a makeup");
                        BookingStatus::Cancelled
                    }
                    BookingEnd::Cancelled { .. } => BookingStatus::Cancelled,
                    BookingEnd::Leave => BookingStatus::Leave,
                };
            }
            Event::CapacitySet { capacity } => self.capacity = *capacity,
            Event::DeadlineMoved { ticket, deadline } => {
                let row = self.change_status(*ticket, EntryStatus::Notified, EntryStatus::Notified);
                assert!(row.deadline < Some(*deadline), "a deadline moved earlier");
                row.deadline = Some(*deadline);
            }
            Event::Released { seats } => assert!(*seats > 0),
            Event::WaitlistClosed { entries } => {
                let mut closed = 0;
                for row in self.entries.values_mut().filter(|row| row.status == EntryStatus::Waiting) {
                    row.status = EntryStatus::Expired;
                    closed += 1;
                }
                assert!(
                    closed > 0 && *entries == closed,
                    "the event says {entries} entries, but {closed} waited"
                );
            }
            Event::CalledOff => {
                assert!(!self.called_off);
                self.called_off = true;
                for row in self.entries.values_mut().filter(|row| row.status == EntryStatus::Waiting) {
                    row.status = EntryStatus::Cancelled;
                }
                for row in self.bookings.iter_mut().filter(|row| row.status == BookingStatus::Booked) {
                    row.status = BookingStatus::CancelledByGym;
                }
            }
        }
    }

    fn change_status(
        &mut self,
        ticket: logic::ids::Ticket,
        from: EntryStatus,
        to: EntryStatus,
    ) -> &mut EntryFacts {
        let row = self.entries.values_mut().find(|row| row.ticket == ticket).expect("a ticket of an entry");
        assert_eq!(row.status, from, "{ticket:?} becomes {to}");
        row.status = to;
        row
    }
}
