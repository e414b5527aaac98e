//! What can happen to a class session.

use crate::compensation::Use;
use crate::ids::{BookingId, ProfileId, Ticket};
use crate::makeup::MadeUp;
use crate::status::Reason;
use crate::time::Instant;

/// On whose behalf an offer or entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The member.
    Member,
    /// The gym's staff.
    Staff,
}

impl Actor {
    /// The reason of an offer that this actor ended.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Member => Reason::UserCancelled,
            Self::Staff => Reason::ManualCancel,
        }
    }
}

/// How a booking ended before its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookingEnd {
    /// Cancelled; `credit_back` says whether spent credit returns (RULES §2, `free_cancellation_lead`).
    Cancelled {
        /// Early enough for the minutes to return.
        credit_back: bool,
    },
    /// Leave taken in time: the right to a makeup, never the minutes as well.
    Leave,
    /// A makeup given up: its grant is revoked, and its original can be made up again.
    Makeup,
}

/// What a seat was booked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// A class as any other.
    Ordinary,
    /// A class paid with this credit.
    Paid(Vec<Use>),
    /// A missed class made up.
    Makeup(MadeUp),
}

/// One change of a session's state, and of the rows behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A profile stands at the tail of the queue.
    Joined {
        /// Its new place.
        ticket: Ticket,
        /// Who.
        profile: ProfileId,
        /// The row that opens again, if the profile was in this queue before, keeps these two.
        last_notified_at: Option<Instant>,
        /// Offers it has had.
        round: u32,
        /// The missed booking that a confirm is to make up.
        makeup_for: Option<BookingId>,
    },
    /// A seat is held for an entry, and its member is told.
    Offered {
        /// Which entry.
        ticket: Ticket,
        /// Whose.
        profile: ProfileId,
        /// The how-manyth offer of this entry.
        round: u32,
        /// Now.
        sent_at: Instant,
        /// The last instant for an answer.
        deadline: Instant,
    },
    /// The held seat became a booking.
    Confirmed {
        /// Which entry.
        ticket: Ticket,
        /// Whose.
        profile: ProfileId,
        /// The missed class that it makes up.
        makeup: Option<MadeUp>,
    },
    /// The member, or the staff for them, said no.
    Declined {
        /// Which entry.
        ticket: Ticket,
        /// Who said it.
        by: Actor,
    },
    /// Nobody answered by the deadline.
    Expired {
        /// Which entry.
        ticket: Ticket,
        /// The deadline that passed.
        deadline: Instant,
    },
    /// An entry left the queue.
    Left {
        /// Which entry.
        ticket: Ticket,
        /// Who ended it.
        by: Actor,
        /// Whether a seat was held for it.
        offered: bool,
    },
    /// An offer was void: its entry ends as cancelled.
    Withdrawn {
        /// Which entry.
        ticket: Ticket,
    },
    /// The class that an entry was to make up cannot be made up here any more: the entry ends, and its member is told.
    Lapsed {
        /// Which entry.
        ticket: Ticket,
        /// Whether a seat was held for it.
        offered: bool,
    },
    /// A waiting entry whose owner booked directly after the phase `open`.
    EndedByBooking {
        /// Which entry.
        ticket: Ticket,
    },
    /// A seat was booked directly.
    Booked {
        /// By whom.
        profile: ProfileId,
        /// What for.
        seat: Seat,
    },
    /// A class that leave was taken from is booked again: the leave is as good as cancelled.
    LeaveUndone {
        /// The booking that took leave.
        booking: BookingId,
    },
    /// A booking gave its seat back.
    BookingEnded {
        /// Which booking.
        booking: BookingId,
        /// How.
        how: BookingEnd,
    },
    /// The session has this many seats now.
    CapacitySet {
        /// Seats.
        capacity: u32,
    },
    /// A late delivery moved an offer's deadline.
    DeadlineMoved {
        /// Which entry.
        ticket: Ticket,
        /// The new deadline.
        deadline: Instant,
    },
    /// Direct bookings can take this many seats more than before: nobody in the queue can, or nobody waits.
    Released {
        /// How many.
        seats: u32,
    },
    /// The list closed: every waiting entry expires and is told so.
    ListClosed {
        /// How many entries.
        entries: u32,
    },
    /// The gym called the class off: waiting entries and bookings end.
    CalledOff,
}
