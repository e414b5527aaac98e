//! The queue of one class session as a state machine: commands in, events out (RULES §2, §3).
//!
//! [`decide`] says which events a command causes; [`Session::apply`] is the only way the state changes.
//! The backend locks the session's row, loads this much of it, decides, stores the events as rows and
//! messages, and commits. `logic/tests/simulation` runs the same functions by the million without a database.
//!
//! Invariants, kept by [`decide`] and checked by [`Session::check`]:
//! - `booked + held <= capacity`, where `held` is the number of live offers;
//! - tickets only grow, and the queue is in ticket order;
//! - no live offer ends after the session's response cutoff;
//! - only [`offering`] offers a seat, whatever freed the seat.

mod command;
mod decide;
mod event;
pub mod offering;

pub use crate::actor::Actor;
pub use command::{
    BookerFacts, Command, ConfirmFacts, EntryFacts, JoinerFacts, LeaveFacts, OfferAnswer, Purpose,
};
pub use decide::{Decision, decide, settle};
pub use event::{BookingEnd, BookingKind, Event};

use crate::booking::{bookable_seats, free_seats, shown_status};
use crate::deadline;
use crate::ids::{ProfileId, Ticket};
use crate::policy::Policy;
use crate::status::SessionStatus;
use crate::time::{Instant, Minutes};

/// An entry that waits for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEntry {
    /// The entry's place in the queue.
    pub ticket: Ticket,
    /// The profile that waits.
    pub profile: ProfileId,
    /// When the entry was last offered a seat; a new join does not reset it (R2.25).
    pub last_notified_at: Option<Instant>,
    /// How many offers the entry has had.
    pub round: u32,
    /// Whether it waits to make up a booking that cannot be made up any more: in its turn it ends (R3.18).
    pub lapsed: bool,
}

/// A live offer: a seat held for a notified entry until its deadline, inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The notified entry's place in the queue.
    pub ticket: Ticket,
    /// The entry's profile.
    pub profile: ProfileId,
    /// The number of this offer among the entry's offers, from 1.
    pub round: u32,
    /// When the offer was made.
    pub sent_at: Instant,
    /// The last instant at which an answer is in time.
    pub deadline: Instant,
}

/// As much of a class session as decisions need: counters, the live offers and the front of the queue.
///
/// `queue_front` need not be the whole queue. It must hold, in ticket order, the first
/// [`Session::queue_front_needed`] waiting entries outside their notification interval, not counting those
/// that have lapsed, and, if there are fewer, the [`Session::SOONEST_INSIDE_INTERVAL`] entries inside it whose interval ends first: the due
/// time depends on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// When the class starts.
    pub start: Instant,
    /// The gym's local time minus UTC when the class starts, for quiet hours.
    pub utc_offset: Minutes,
    /// Whether the class is scheduled or called off.
    pub status: SessionStatus,
    /// Whether the class is on the timetable. Nobody new gets into one that is not (R2.90).
    pub on_timetable: bool,
    /// How many seats the class has.
    pub capacity: u32,
    /// Seats taken by live bookings.
    pub booked: u32,
    /// The course's own queue capacity; `None` takes the policy's (R1.7).
    pub queue_capacity: Option<u32>,
    /// The ticket of the next profile that joins.
    pub next_ticket: Ticket,
    /// Every live offer. No decision depends on their order.
    pub offers: Vec<Offer>,
    /// The front of the queue, in ticket order.
    pub queue_front: Vec<WaitingEntry>,
    /// How many entries wait, loaded or not.
    pub waiting: u32,
}

impl Session {
    /// How many entries inside their interval `queue_front` holds if too few are outside it: the one that the
    /// due time depends on, and the next, in case the first leaves the queue.
    pub const SOONEST_INSIDE_INTERVAL: u32 = 2;

    /// Seats held by live offers.
    pub fn held(&self) -> u32 {
        u32::try_from(self.offers.len()).unwrap_or(u32::MAX)
    }

    /// Seats that are neither booked nor held.
    pub fn free(&self) -> u32 {
        free_seats(self.capacity, self.booked, self.held())
    }

    /// The status as everybody sees it (R2.90).
    pub fn shown_status(&self, now: Instant) -> SessionStatus {
        shown_status(self.status, self.on_timetable, self.start, now)
    }

    /// Seats open to direct booking (R2.34, R2.51).
    pub fn bookable(&self, now: Instant, policy: &Policy) -> u32 {
        let phase = deadline::phase(self.start, now, policy);
        bookable_seats(self.shown_status(now), phase, self.waiting, self.free())
    }

    /// Waiting and notified entries, which the queue capacity limits (R2.21).
    pub fn queue_length(&self) -> u32 {
        self.waiting.saturating_add(self.held())
    }

    /// How many waiting entries `command` could offer a seat to, and so how many the backend must load.
    /// Zero for a join to a full class without overdue offers, so that a storm of joins loads no queue.
    pub fn queue_front_needed(&self, command: &Command, now: Instant) -> u32 {
        let overdue = self.offers.iter().filter(|offer| offer.deadline < now).count();
        let freed = match command {
            Command::SetCapacity(capacity) => capacity.saturating_sub(self.capacity),
            Command::CancelBooking { .. }
            | Command::CancelMakeup { .. }
            | Command::TakeLeave { .. }
            | Command::LeaveQueue { .. }
            | Command::CheckMakeup { .. }
            | Command::Respond { .. } => 1,
            Command::Settle
            | Command::Join(_)
            | Command::Book(_)
            | Command::Notify { .. }
            | Command::CallOff
            | Command::Delivered { .. } => 0,
        };
        self.free().saturating_add(freed).saturating_add(u32::try_from(overdue).unwrap_or(u32::MAX))
    }

    /// The live offer of the entry with this ticket.
    pub fn offer(&self, ticket: Ticket) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.ticket == ticket)
    }

    /// The earliest deadline of a live offer. Once it has passed, the next command settles the offer.
    pub fn offers_due_at(&self) -> Option<Instant> {
        self.offers.iter().map(|offer| offer.deadline).min()
    }

    /// The next instant at which the sweep must visit this session, if no command comes before: an offer
    /// has expired, an entry that was passed over may be notified, or the waitlist closes.
    pub fn due_at(&self, now: Instant, policy: &Policy) -> Option<Instant> {
        if self.status == SessionStatus::Cancelled {
            return None;
        }
        let just_after = |at: Instant| Instant::clamped(at.millis().saturating_add(1));
        let expiry = self.offers_due_at().map(just_after);
        let closing = (self.waiting > 0)
            .then(|| just_after(deadline::waitlist_times(self.start, policy).last_notification_at));
        [expiry, closing, offering::next_offer_at(self, now, policy)].into_iter().flatten().min()
    }

    /// Changes the state by one event of a [`Decision`] for this session.
    ///
    /// The event is not checked against the state. Counters saturate instead of overflowing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Joined { ticket, profile, last_notified_at, round, .. } => {
                self.queue_front.push(WaitingEntry {
                    ticket: *ticket,
                    profile: *profile,
                    last_notified_at: *last_notified_at,
                    round: *round,
                    lapsed: false,
                });
                self.waiting = self.waiting.saturating_add(1);
                self.next_ticket = Ticket(ticket.0.saturating_add(1));
            }
            Event::Offered { ticket, profile, round, sent_at, deadline } => {
                self.unqueue(*ticket);
                self.offers.push(Offer {
                    ticket: *ticket,
                    profile: *profile,
                    round: *round,
                    sent_at: *sent_at,
                    deadline: *deadline,
                });
            }
            Event::Confirmed { ticket, .. } => {
                self.drop_offer(*ticket);
                self.booked = self.booked.saturating_add(1);
            }
            Event::Declined { ticket, .. } | Event::Expired { ticket, .. } | Event::Withdrawn { ticket } => {
                self.drop_offer(*ticket);
            }
            Event::LeftQueue { ticket, offered, .. } | Event::MakeupLapsed { ticket, offered } => {
                if *offered {
                    self.drop_offer(*ticket);
                } else {
                    self.unqueue(*ticket);
                }
            }
            Event::EndedByBooking { ticket } => self.unqueue(*ticket),
            Event::Booked { .. } => self.booked = self.booked.saturating_add(1),
            Event::BookingEnded { .. } => self.booked = self.booked.saturating_sub(1),
            Event::CapacitySet { capacity } => self.capacity = *capacity,
            Event::DeadlineMoved { ticket, deadline } => {
                if let Some(offer) = self.offers.iter_mut().find(|offer| offer.ticket == *ticket) {
                    offer.deadline = *deadline;
                }
            }
            Event::Released { .. } | Event::LeaveUndone { .. } => {}
            Event::WaitlistClosed { .. } => {
                self.queue_front.clear();
                self.waiting = 0;
            }
            Event::CalledOff => {
                self.status = SessionStatus::Cancelled;
                self.queue_front.clear();
                self.waiting = 0;
                self.booked = 0;
            }
        }
    }

    fn drop_offer(&mut self, ticket: Ticket) {
        self.offers.retain(|offer| offer.ticket != ticket);
    }

    fn unqueue(&mut self, ticket: Ticket) {
        self.queue_front.retain(|entry| entry.ticket != ticket);
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Checks the invariants of this module.
    ///
    /// # Errors
    /// A sentence that names the first broken invariant.
    pub fn check(&self, policy: &Policy) -> Result<(), String> {
        let taken = u64::from(self.booked) + u64::from(self.held());
        if taken > u64::from(self.capacity) {
            return Err(format!("{taken} of {} seats are booked or held", self.capacity));
        }
        if self.queue_front.windows(2).any(|pair| pair[0].ticket >= pair[1].ticket) {
            return Err("the queue is not in ticket order".to_owned());
        }
        if self.queue_front.len() > usize::try_from(self.waiting).unwrap_or(usize::MAX) {
            return Err(format!(
                "{} entries are loaded, but only {} wait",
                self.queue_front.len(),
                self.waiting
            ));
        }
        if self.queue_front.iter().any(|head| head.ticket >= self.next_ticket) {
            return Err("a waiting entry has a ticket that was not issued yet".to_owned());
        }
        let cutoff = deadline::waitlist_times(self.start, policy).response_cutoff_at;
        if let Some(late) = self.offers.iter().find(|offer| offer.deadline > cutoff) {
            return Err(format!("the offer of {:?} ends after the response cutoff", late.ticket));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_saturate_at_their_limits() {
        let mut session = Session {
            start: Instant::clamped(0),
            utc_offset: Minutes(0),
            status: SessionStatus::Scheduled,
            on_timetable: true,
            capacity: u32::MAX,
            booked: u32::MAX,
            queue_capacity: None,
            next_ticket: Ticket(i64::MAX),
            offers: vec![],
            queue_front: vec![],
            waiting: u32::MAX,
        };
        session.apply(&Event::Joined {
            ticket: Ticket(i64::MAX),
            profile: ProfileId(1),
            last_notified_at: None,
            round: 0,
            makeup_for: None,
        });
        session.apply(&Event::Booked { profile: ProfileId(2), kind: BookingKind::Ordinary });
        session.apply(&Event::Confirmed { ticket: Ticket(i64::MAX), profile: ProfileId(1), makeup: None });
        assert_eq!((session.waiting, session.booked), (u32::MAX, u32::MAX));
        assert_eq!(session.next_ticket, Ticket(i64::MAX));
    }
}
