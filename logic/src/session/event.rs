//! Events: the changes that a command makes to a class session.

use crate::actor::Actor;
use crate::compensation::Use;
use crate::ids::{BookingId, ProfileId, Ticket};
use crate::makeup::MakeupTerms;
use crate::time::Instant;

/// How a booking ended before its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookingEnd {
    /// Cancelled.
    Cancelled {
        /// Whether spent credit is given back: the cancellation was early enough (R2.40).
        credit_back: bool,
    },
    /// Leave was taken in time: gives the right to a makeup and no minutes (R2.42).
    Leave,
    /// A makeup was cancelled: its grant is revoked, and its original can be made up again (R3.20).
    Makeup,
}

/// What a seat was booked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookingKind {
    /// An ordinary class.
    Ordinary,
    /// A class paid with these uses of credit.
    Paid(Vec<Use>),
    /// A makeup.
    Makeup(MakeupTerms),
}

/// One change of a session's state, and of the rows behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A profile joined the tail of the queue.
    Joined {
        /// The entry's new ticket.
        ticket: Ticket,
        /// The profile.
        profile: ProfileId,
        /// When the profile's row was last offered a seat; survives a new join (R2.25).
        last_notified_at: Option<Instant>,
        /// How many offers the row has had; survives a new join (R2.25).
        round: u32,
        /// The missed booking that a confirm is to make up.
        makeup_for: Option<BookingId>,
    },
    /// A seat is held for an entry, and its member is told (R2.52).
    Offered {
        /// The entry.
        ticket: Ticket,
        /// The entry's profile.
        profile: ProfileId,
        /// The number of this offer among the entry's offers, from 1.
        round: u32,
        /// When the offer was made.
        sent_at: Instant,
        /// The last instant at which an answer is in time.
        deadline: Instant,
    },
    /// A held seat became a booking (R2.55).
    Confirmed {
        /// The entry.
        ticket: Ticket,
        /// The entry's profile.
        profile: ProfileId,
        /// The makeup, if the booking is one (R3.17).
        makeup: Option<MakeupTerms>,
    },
    /// An offer was declined (R2.59).
    Declined {
        /// The entry.
        ticket: Ticket,
        /// Who declined.
        by: Actor,
    },
    /// An offer's deadline passed without an answer (R2.60).
    Expired {
        /// The entry.
        ticket: Ticket,
        /// The deadline that passed.
        deadline: Instant,
    },
    /// An entry left the queue (R2.62).
    LeftQueue {
        /// The entry.
        ticket: Ticket,
        /// Who ended it.
        by: Actor,
        /// Whether a seat was held for it.
        offered: bool,
    },
    /// A void offer was withdrawn: its entry ends as cancelled (R2.57, R2.68).
    Withdrawn {
        /// The entry.
        ticket: Ticket,
    },
    /// The makeup that an entry waits for is no longer possible: the entry ends, and its member is told (R3.18).
    MakeupLapsed {
        /// The entry.
        ticket: Ticket,
        /// Whether a seat was held for it.
        offered: bool,
    },
    /// The owner of a waiting entry booked directly after the phase `open`: the entry ends (R2.36).
    EndedByBooking {
        /// The entry.
        ticket: Ticket,
    },
    /// A seat was booked directly.
    Booked {
        /// The profile.
        profile: ProfileId,
        /// What the seat was booked for.
        kind: BookingKind,
    },
    /// A class that leave was taken from is booked again: the leave becomes an ordinary cancellation (R2.38).
    LeaveUndone {
        /// The booking that took leave.
        booking: BookingId,
    },
    /// A booking gave its seat back.
    BookingEnded {
        /// The booking.
        booking: BookingId,
        /// How it ended.
        how: BookingEnd,
    },
    /// The number of seats changed.
    CapacitySet {
        /// The new number of seats.
        capacity: u32,
    },
    /// A late delivery moved an offer's deadline (R2.76).
    DeadlineMoved {
        /// The entry.
        ticket: Ticket,
        /// The new deadline.
        deadline: Instant,
    },
    /// More seats are open to direct booking than before, because no entry in the queue can take them.
    Released {
        /// How many more seats.
        seats: u32,
    },
    /// The waitlist closed: every waiting entry expires, and its member is told (R2.71).
    WaitlistClosed {
        /// How many entries expired.
        entries: u32,
    },
    /// The gym called the class off: waiting entries and bookings end (R2.69).
    CalledOff,
}
