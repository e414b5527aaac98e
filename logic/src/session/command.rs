//! What can be asked of a class session, with the facts that the asker has looked up.

use super::event::Actor;
use crate::compensation::Use;
use crate::error::{Code, Refusal};
use crate::ids::{BookingId, ProfileId, Ticket};
use crate::makeup::MadeUp;
use crate::status::{BookingStatus, EntryStatus};
use crate::time::Instant;

/// An entry that a command names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// Its place in the queue.
    pub ticket: Ticket,
    /// Whose it is.
    pub profile: ProfileId,
    /// Where its row stands, before overdue offers are settled.
    pub status: EntryStatus,
    /// The deadline of its latest offer since it joined, if it was made one.
    pub deadline: Option<Instant>,
    /// When it was last offered a seat.
    pub last_notified_at: Option<Instant>,
    /// Offers it has had.
    pub round: u32,
}

/// What a join has to know of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinerFacts {
    /// Who joins.
    pub profile: ProfileId,
    /// A live booking of the profile in this session.
    pub already_booked: bool,
    /// The profile's row in this queue, if it has one.
    pub entry: Option<EntryFacts>,
    /// Waiting and notified entries of the profile in other sessions, dead offers left out.
    pub active_waitlists: u32,
    /// The missed booking to make up, with what RULES §3 says of it but for `session_full`.
    pub makeup: Option<(BookingId, Result<(), Code>)>,
}

/// What a confirm has to know besides its entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmFacts {
    /// A live booking of the profile overlaps this class.
    pub time_conflict: bool,
    /// The makeup that the entry waits for, or why it cannot be any more (RULES §2: voids the offer): what RULES §3
    /// says of it but for `time_conflict` and `session_full`.
    pub makeup: Option<Result<MadeUp, Code>>,
    /// The leave that the profile took from this very class before, if it did.
    pub leave: Option<LeaveFacts>,
}

/// A leave taken from the class that is booked again: the right to a makeup that it gave ends with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveFacts {
    /// The booking that took leave.
    pub booking: BookingId,
    /// Its right to a makeup was used.
    pub made_up: bool,
}

/// What a seat is booked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A class as any other.
    Ordinary,
    /// A class paid with credit: what to spend, or why there is too little; asked last.
    Credit(Result<Vec<Use>, Refusal>),
    /// A missed class made up: what that comes to, or what RULES §3 says against it but for `time_conflict`
    /// and `session_full`.
    Makeup(Result<MadeUp, Code>),
}

/// What a direct booking has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Who books.
    pub profile: ProfileId,
    /// A live booking of the profile in this session.
    pub already_booked: bool,
    /// The profile's row in this queue, if it has one.
    pub entry: Option<EntryFacts>,
    /// A live booking of the profile overlaps this class.
    pub time_conflict: bool,
    /// The leave that the profile took from this very class before, if it did.
    pub leave: Option<LeaveFacts>,
    /// What the seat is for.
    pub purpose: Purpose,
}

/// A member's answer to an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 立即预约.
    Confirm(ConfirmFacts),
    /// 放弃.
    Decline,
}

/// What is asked. Every command first settles what is overdue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Nothing but settling overdue offers and offering what is free: a read's touch.
    Settle,
    /// The sweep's look: settle, then close the list if its time has passed.
    Close,
    /// Wait for a seat.
    Join(JoinerFacts),
    /// Take a free seat directly.
    Book(Placed),
    /// Give a booked seat back.
    Cancel {
        /// Which booking.
        booking: BookingId,
        /// Where its row stands.
        status: BookingStatus,
    },
    /// Give a makeup's seat back, and its grant with it.
    CancelMakeup {
        /// The makeup's booking.
        booking: BookingId,
        /// Where its row stands.
        status: BookingStatus,
        /// The bookings that spent minutes of its grant, and have not given them back.
        spent_by: Vec<BookingId>,
    },
    /// Miss the class with notice.
    TakeLeave {
        /// Which booking.
        booking: BookingId,
        /// Where its row stands.
        status: BookingStatus,
        /// It is a makeup's own booking, which cannot take leave.
        is_makeup: bool,
    },
    /// Leave the queue.
    Leave {
        /// Which entry.
        entry: EntryFacts,
        /// Who asks.
        by: Actor,
    },
    /// Answer an offer.
    Respond {
        /// Which entry.
        entry: EntryFacts,
        /// What the answer is.
        answer: Answer,
        /// Who answers.
        by: Actor,
    },
    /// Look at an entry that waits to make a missed class up: the sweep's.
    CheckMakeup {
        /// Which entry.
        entry: EntryFacts,
        /// What RULES §3 says of its makeup now, but for `time_conflict` and `session_full`.
        makeup: Result<(), Code>,
    },
    /// Offer a seat to this entry, out of turn (staff).
    Notify {
        /// Which entry.
        entry: EntryFacts,
    },
    /// Change the number of seats (staff).
    SetCapacity(u32),
    /// Call the class off (staff).
    CallOff,
    /// The messenger took an offer's message on a later attempt, at this instant.
    Delivered {
        /// Which entry.
        ticket: Ticket,
        /// When it was accepted.
        accepted_at: Instant,
    },
}
