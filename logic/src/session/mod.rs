//! The queue of one class session as a state machine: commands in, events out (RULES §2).
//!
//! [`decide`] says what a command does to a [`Session`]; [`Session::apply`] is the only way its state
//! changes. The backend locks the session's row, loads this much of it, decides, stores the events as rows
//! and messages, and commits; a simulation runs the very same functions by the million without a database.
//!
//! Invariants, kept by `decide` and checked by [`Session::check`]:
//! - `booked + held <= capacity`, where `held` is the number of live offers;
//! - tickets only grow, and the queue is in ticket order;
//! - no live offer ends after the session's response cutoff;
//! - an entry is offered a seat only by [`offering`], whatever freed the seat.

mod command;
mod decide;
mod event;
pub mod offering;

pub use command::{Answer, Command, ConfirmFacts, EntryFacts, JoinerFacts, LeaveFacts, Placed, Purpose};
pub use decide::{Decision, decide, settle};
pub use event::{Actor, BookingEnd, Event, Seat};

use crate::deadline;
use crate::ids::{ProfileId, Ticket};
use crate::policy::Policy;
use crate::standing::bookable_seats;
use crate::status::SessionStatus;
use crate::time::{Instant, Minutes};

/// An entry that waits for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the queue.
    pub ticket: Ticket,
    /// Who waits.
    pub profile: ProfileId,
    /// When this entry was last offered a seat; rejoining does not reset it.
    pub last_notified_at: Option<Instant>,
    /// How many offers it has had.
    pub round: u32,
}

/// An open offer: a seat held for a notified entry until its deadline, the deadline itself included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The notified entry's place in the queue.
    pub ticket: Ticket,
    /// To whom.
    pub profile: ProfileId,
    /// The how-manyth offer of this entry.
    pub round: u32,
    /// When it was made.
    pub sent_at: Instant,
    /// The last instant at which it can be answered.
    pub deadline: Instant,
}

/// As much of a class session as decisions need: counters, the live offers and the head of the queue.
///
/// `heads` need not be the whole queue. It must hold, in ticket order, the first [`Session::heads_needed`]
/// waiting entries outside their notification interval and, if there are fewer, the
/// [`Session::SOONEST_INSIDE`] inside it that come free first, for the due time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// When the class starts.
    pub start: Instant,
    /// The gym's offset from UTC at the class, for quiet hours.
    pub utc_offset: Minutes,
    /// Held or called off.
    pub status: SessionStatus,
    /// Seats.
    pub capacity: u32,
    /// Seats taken by live bookings.
    pub booked: u32,
    /// Queue capacity of the course; `None` takes the policy's.
    pub queue_capacity: Option<u32>,
    /// The next joiner's ticket.
    pub next_ticket: Ticket,
    /// Every live offer, in any order: no decision depends on it.
    pub offers: Vec<Offer>,
    /// The head of the queue, in ticket order.
    pub heads: Vec<Waiting>,
    /// All waiting entries, loaded or not.
    pub waiting: u32,
}

impl Session {
    /// How many entries inside their interval `heads` holds where those outside are too few: the one that
    /// the due time is about, and the next, should it be the first that leaves the queue.
    pub const SOONEST_INSIDE: u32 = 2;

    /// Seats held by live offers.
    pub fn held(&self) -> u32 {
        u32::try_from(self.offers.len()).unwrap_or(u32::MAX)
    }

    /// Seats that are neither booked nor held.
    pub fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.booked).saturating_sub(self.held())
    }

    /// Seats that a direct booking could take (RULES §2, "Direct booking").
    pub fn bookable(&self, now: Instant, policy: &Policy) -> u32 {
        let phase = deadline::phase(self.start, now, policy);
        bookable_seats(self.status, phase, self.waiting, self.free())
    }

    /// Waiting and notified entries, which the queue's capacity counts.
    pub fn queue_length(&self) -> u32 {
        self.waiting.saturating_add(self.held())
    }

    /// How many waiting entries `command` could offer a seat to: what the backend has to load.
    /// Zero for a full class whose offers are all alive, so that a storm of joins loads no queue.
    pub fn heads_needed(&self, command: &Command, now: Instant) -> u32 {
        let overdue = self.offers.iter().filter(|offer| offer.deadline < now).count();
        let freed = match command {
            Command::SetCapacity(capacity) => capacity.saturating_sub(self.capacity),
            Command::Cancel { .. }
            | Command::CancelMakeup { .. }
            | Command::TakeLeave { .. }
            | Command::Leave { .. }
            | Command::CheckMakeup { .. }
            | Command::Respond { .. } => 1,
            _ => 0,
        };
        self.free().saturating_add(freed).saturating_add(u32::try_from(overdue).unwrap_or(u32::MAX))
    }

    /// The live offer of `ticket`.
    pub fn offer(&self, ticket: Ticket) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.ticket == ticket)
    }

    /// The earliest deadline of a live offer: after it, whoever touches the session settles it.
    pub fn offers_due_at(&self) -> Option<Instant> {
        self.offers.iter().map(|offer| offer.deadline).min()
    }

    /// The next instant at which the sweep has to look at this session, if nothing else touches it before:
    /// when an offer has run out, when a passed-over entry may be notified, when the list closes.
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

    /// Changes the state by one event. It trusts `event`: only [`decide`] makes them.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Joined { ticket, profile, last_notified_at, round, .. } => {
                self.heads.push(Waiting {
                    ticket: *ticket,
                    profile: *profile,
                    last_notified_at: *last_notified_at,
                    round: *round,
                });
                self.waiting += 1;
                self.next_ticket = Ticket(ticket.0 + 1);
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
                self.booked += 1;
            }
            Event::Declined { ticket, .. } | Event::Expired { ticket, .. } | Event::Withdrawn { ticket } => {
                self.drop_offer(*ticket);
            }
            Event::Left { ticket, offered, .. } | Event::Lapsed { ticket, offered } => {
                if *offered {
                    self.drop_offer(*ticket);
                } else {
                    self.unqueue(*ticket);
                }
            }
            Event::EndedByBooking { ticket } => self.unqueue(*ticket),
            Event::Booked { .. } => self.booked += 1,
            Event::BookingEnded { .. } => self.booked = self.booked.saturating_sub(1),
            Event::CapacitySet { capacity } => self.capacity = *capacity,
            Event::DeadlineMoved { ticket, deadline } => {
                if let Some(offer) = self.offers.iter_mut().find(|offer| offer.ticket == *ticket) {
                    offer.deadline = *deadline;
                }
            }
            Event::Released { .. } | Event::LeaveUndone { .. } => {}
            Event::ListClosed { .. } => {
                self.heads.clear();
                self.waiting = 0;
            }
            Event::CalledOff => {
                self.status = SessionStatus::Cancelled;
                self.heads.clear();
                self.waiting = 0;
                self.booked = 0;
            }
        }
    }

    fn drop_offer(&mut self, ticket: Ticket) {
        self.offers.retain(|offer| offer.ticket != ticket);
    }

    fn unqueue(&mut self, ticket: Ticket) {
        self.heads.retain(|entry| entry.ticket != ticket);
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Says which invariant of this module does not hold, if any.
    ///
    /// # Errors
    /// The broken invariant, in words.
    pub fn check(&self, policy: &Policy) -> Result<(), String> {
        let taken = u64::from(self.booked) + u64::from(self.held());
        if taken > u64::from(self.capacity) {
            return Err(format!("{taken} seats booked or held of {}", self.capacity));
        }
        if self.heads.windows(2).any(|pair| pair[0].ticket >= pair[1].ticket) {
            return Err("the queue is not in ticket order".to_owned());
        }
        if self.heads.len() > usize::try_from(self.waiting).unwrap_or(usize::MAX) {
            return Err(format!("{} heads of {} waiting", self.heads.len(), self.waiting));
        }
        if self.heads.iter().any(|head| head.ticket >= self.next_ticket) {
            return Err("a ticket was not handed out yet".to_owned());
        }
        let cutoff = deadline::waitlist_times(self.start, policy).response_cutoff_at;
        if let Some(late) = self.offers.iter().find(|offer| offer.deadline > cutoff) {
            return Err(format!("the offer of {:?} ends inside the hard stop", late.ticket));
        }
        Ok(())
    }
}
