//! Commands to a class session, each with the facts that its sender has looked up.

use crate::actor::Actor;
use crate::compensation::Use;
use crate::error::{Code, Refusal};
use crate::ids::{BookingId, ProfileId, Ticket};
use crate::makeup::MakeupTerms;
use crate::status::{BookingStatus, EntryStatus};
use crate::time::Instant;

/// The waitlist entry that a command names, as its row was read under the session's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// The entry's place in the queue.
    pub ticket: Ticket,
    /// The profile that the entry belongs to.
    pub profile: ProfileId,
    /// The stored status, before overdue offers are settled.
    pub status: EntryStatus,
    /// The deadline of the latest offer since the profile last joined; `None` if there was no offer.
    pub deadline: Option<Instant>,
    /// When the entry was last offered a seat.
    pub last_notified_at: Option<Instant>,
    /// How many offers the entry has had.
    pub round: u32,
}

/// What a join must know about the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinerFacts {
    /// Who asks.
    pub by: Actor,
    /// The profile that joins.
    pub profile: ProfileId,
    /// Whether the profile has a live booking in this session.
    pub already_booked: bool,
    /// The profile's row in this waitlist, if it has one.
    pub entry: Option<EntryFacts>,
    /// Waiting and notified entries of the profile in other sessions, without overdue offers.
    pub active_waitlists: u32,
    /// The missed booking to make up, and whether R3.8 to R3.14 allow it.
    pub makeup: Option<(BookingId, Result<(), Code>)>,
}

/// What a confirm must know besides its entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmFacts {
    /// Whether a live booking of the profile overlaps this class.
    pub time_conflict: bool,
    /// Places of the profile in classes that have not ended (R2.88).
    pub live_bookings: u32,
    /// The makeup that the entry waits for, or the refusal of R3.8 to R3.13 that voids the offer (R2.57).
    pub makeup: Option<Result<MakeupTerms, Code>>,
    /// The leave that the profile took from this same class, if it did.
    pub leave: Option<LeaveFacts>,
}

/// A leave from the class that is now booked again: the right to a makeup that it gave ends (R2.38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaveFacts {
    /// The booking that took leave.
    pub booking: BookingId,
    /// Whether its right to a makeup has been used.
    pub made_up: bool,
}

/// What a seat is to be booked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An ordinary class.
    Ordinary,
    /// A class paid with credit: the planned uses, or why the credit does not suffice (checked last).
    Credit(Result<Vec<Use>, Refusal>),
    /// A makeup: its terms, or the refusal of R3.8 to R3.13.
    Makeup(Result<MakeupTerms, Code>),
}

/// What a direct booking must know about the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookerFacts {
    /// Who asks.
    pub by: Actor,
    /// The profile that books.
    pub profile: ProfileId,
    /// Whether the profile has a live booking in this session.
    pub already_booked: bool,
    /// The profile's row in this waitlist, if it has one.
    pub entry: Option<EntryFacts>,
    /// Whether a live booking of the profile overlaps this class.
    pub time_conflict: bool,
    /// Places of the profile in classes that have not ended (R2.88).
    pub live_bookings: u32,
    /// The leave that the profile took from this same class, if it did.
    pub leave: Option<LeaveFacts>,
    /// The end of the class, where staff book late (R2.96).
    pub late_until: Option<Instant>,
    /// What the seat is for.
    pub purpose: Purpose,
}

/// A member's answer to an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferAnswer {
    /// Takes the seat (立即预约).
    Confirm(ConfirmFacts),
    /// Gives the seat up (放弃).
    Decline,
}

/// A request to change a class session. Every command first settles overdue offers, and last closes the waitlist if its
/// time has passed (R2.53).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Settles and does nothing else: for the sweep, and for a read that must not show what is overdue.
    Settle,
    /// Joins the waitlist.
    Join(JoinerFacts),
    /// Books a free seat directly.
    Book(BookerFacts),
    /// Cancels a booking.
    CancelBooking {
        /// The booking.
        booking: BookingId,
        /// Its stored status.
        status: BookingStatus,
        /// The end of the class, where staff undo what they booked late (R2.97).
        late_until: Option<Instant>,
    },
    /// Cancels a makeup: its seat becomes free and its grant is revoked.
    CancelMakeup {
        /// The makeup's booking.
        booking: BookingId,
        /// Its stored status.
        status: BookingStatus,
        /// The bookings that spent minutes of the makeup's grant and have not returned them.
        spent_by: Vec<BookingId>,
    },
    /// Takes leave from a booked class.
    TakeLeave {
        /// The booking.
        booking: BookingId,
        /// Its stored status.
        status: BookingStatus,
        /// Whether it is the booking of a makeup, which cannot take leave (R2.43).
        is_makeup: bool,
        /// Whether staff waive the lead (R2.98).
        waives_lead: bool,
    },
    /// Leaves the waitlist.
    LeaveQueue {
        /// The entry.
        entry: EntryFacts,
        /// Who asks.
        by: Actor,
    },
    /// Answers an offer.
    Respond {
        /// The entry.
        entry: EntryFacts,
        /// The answer.
        answer: OfferAnswer,
        /// Who answers.
        by: Actor,
    },
    /// Checks whether an entry that waits for a makeup may still have it; sent by the sweep (R3.18).
    CheckMakeup {
        /// The entry.
        entry: EntryFacts,
        /// Whether R3.8 to R3.13 allow its makeup now.
        makeup: Result<(), Code>,
    },
    /// Offers a seat to this entry out of turn; staff only (R2.73).
    Notify {
        /// The entry.
        entry: EntryFacts,
    },
    /// Changes the number of seats; staff only (R2.85).
    SetCapacity(u32),
    /// Calls the class off; staff only (R2.69, R2.86).
    CallOff,
    /// Records that the messenger accepted an offer's message on a later attempt (R2.76).
    Delivered {
        /// The entry.
        ticket: Ticket,
        /// When the message was accepted.
        accepted_at: Instant,
    },
}
