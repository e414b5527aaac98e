//! Making a missed class up (RULES §3).

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::ids::BookingId;
use crate::joining::{JoinFacts, check_join};
use crate::policy::Policy;
use crate::status::{BookingSource, BookingStatus};
use crate::time::{DAY_MINUTES, Instant, Minutes};

/// What a makeup made of the missed minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CompletionType {
    /// All of them.
    Full,
    /// Fewer: the rest is owed as credit.
    Partial,
    /// More: the extra minutes are free.
    Extra,
}

impl CompletionType {
    /// What a difference of `minutes` comes to.
    pub const fn of(difference: Minutes) -> Self {
        match difference.0 {
            0 => Self::Full,
            1.. => Self::Partial,
            _ => Self::Extra,
        }
    }

    /// The name that clients see and the database stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Extra => "extra",
        }
    }

    /// Reads that name back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::Partial, Self::Extra].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whether `minutes` can be a class's duration, or a price in credit: 1..=1440.
///
/// # Errors
/// `invalid_duration`.
pub const fn check_duration(minutes: Minutes) -> Result<(), Code> {
    if minutes.0 >= 1 && minutes.0 <= DAY_MINUTES { Ok(()) } else { Err(Code::InvalidDuration) }
}

/// Minutes missed less minutes made up: positive minutes are owed to the member, negative ones given free.
///
/// # Errors
/// `invalid_duration`, if either is outside 1..=1440.
pub fn duration_difference(original: Minutes, makeup: Minutes) -> Result<Minutes, Code> {
    check_duration(original)?;
    check_duration(makeup)?;
    Ok(Minutes(original.0 - makeup.0))
}

/// The last start of a class that can make up for one that started at `original_start`.
pub const fn makeup_until(original_start: Instant, policy: &Policy) -> Instant {
    original_start.plus(policy.makeup_validity)
}

/// Whether a booking that ended this way was missed in a way that can be made up.
pub const fn is_missed(status: BookingStatus, policy: &Policy) -> bool {
    match status {
        BookingStatus::Leave | BookingStatus::CancelledByGym => true,
        BookingStatus::Absent => policy.makeup_for_absence,
        BookingStatus::Booked | BookingStatus::Completed | BookingStatus::Cancelled => false,
    }
}

/// What decides whether a class can make up for a missed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakeupFacts {
    /// What became of the original booking.
    pub original_status: BookingStatus,
    /// It earns no makeup, whatever became of it: see [`MissedBooking::earns_no_makeup`].
    pub earns_no_makeup: bool,
    /// It has a makeup that is pending, confirmed, completed or missed.
    pub made_up: bool,
    /// When the missed class started.
    pub original_start: Instant,
    /// When the class that is to make up for it starts.
    pub target_start: Instant,
    /// Both courses are of one category.
    pub same_category: bool,
    /// The profile has a live booking or makeup that overlaps the target.
    pub time_conflict: bool,
    /// Seats of the target that are neither held nor queued for.
    pub free_seats: u32,
}

/// Whether the makeup can be booked at `now`.
///
/// # Errors
/// The first that holds of `not_missed`, `already_made_up`, `makeup_expired`, `makeup_before_original`,
/// `makeup_too_late`, `course_mismatch`, `time_conflict`, `session_full`.
pub fn check_makeup(facts: &MakeupFacts, now: Instant, policy: &Policy) -> Result<(), Code> {
    check_makeup_waiting(facts, now, policy)?;
    if facts.free_seats == 0 { Err(Code::SessionFull) } else { Ok(()) }
}

/// Whether a seat for the makeup can be waited for at `now`: every check of [`check_makeup`] but the seat.
///
/// # Errors
/// As [`check_makeup`], without `session_full`.
pub fn check_makeup_waiting(facts: &MakeupFacts, now: Instant, policy: &Policy) -> Result<(), Code> {
    if facts.earns_no_makeup || !is_missed(facts.original_status, policy) {
        Err(Code::NotMissed)
    } else if facts.made_up {
        Err(Code::AlreadyMadeUp)
    } else if facts.target_start > makeup_until(facts.original_start, policy) {
        Err(Code::MakeupExpired)
    } else if facts.target_start <= facts.original_start {
        Err(Code::MakeupBeforeOriginal)
    } else if now > facts.target_start.minus(policy.makeup_booking_lead) {
        Err(Code::MakeupTooLate)
    } else if !facts.same_category {
        Err(Code::CourseMismatch)
    } else if facts.time_conflict {
        Err(Code::TimeConflict)
    } else {
        Ok(())
    }
}

/// A booking that is to be made up, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedBooking {
    /// Which.
    pub booking: BookingId,
    /// What became of it.
    pub status: BookingStatus,
    /// How it came about.
    pub source: BookingSource,
    /// Credit paid for it.
    pub paid: bool,
    /// It has a makeup that is pending, confirmed, completed or missed.
    pub made_up: bool,
    /// When its class started.
    pub start: Instant,
    /// How long its class was.
    pub duration: Minutes,
}

impl MissedBooking {
    /// Whether the booking earns no makeup, however it ended: a makeup missed is not made up again, and one
    /// that the gym called off makes its original owed instead; a booking paid with credit got its minutes back
    /// when the gym called its class off. Never minutes and a makeup for the same booking.
    pub fn earns_no_makeup(&self) -> bool {
        self.source == BookingSource::Makeup || (self.paid && self.status == BookingStatus::CancelledByGym)
    }

    /// Until when the booking earns a makeup, used or not; `None` if it earns none.
    pub fn makeup_until(&self, policy: &Policy) -> Option<Instant> {
        (is_missed(self.status, policy) && !self.earns_no_makeup()).then(|| makeup_until(self.start, policy))
    }

    /// Whether the booking is still to be made up at `now`.
    pub fn is_owed(&self, now: Instant, policy: &Policy) -> bool {
        !self.made_up && self.makeup_until(policy).is_some_and(|until| now <= until)
    }
}

/// The class that is to make up for a missed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetClass {
    /// When it starts.
    pub start: Instant,
    /// How long it is.
    pub duration: Minutes,
    /// It is of the missed class's category.
    pub same_category: bool,
    /// The profile has a live booking or makeup that overlaps it.
    pub time_conflict: bool,
}

/// What a makeup comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakeupTerms {
    /// What was missed.
    pub original: BookingId,
    /// Minutes missed.
    pub original_duration: Minutes,
    /// Minutes made up.
    pub makeup_duration: Minutes,
    /// The first less the second.
    pub difference: Minutes,
    /// Less, as much, or more.
    pub completion_type: CompletionType,
}

impl MakeupTerms {
    /// The minutes of the grant that comes with the makeup, if it is shorter than what was missed.
    pub fn credit(&self) -> Option<Minutes> {
        (self.difference.0 > 0).then_some(self.difference)
    }
}

/// What making `missed` up in `target` comes to, if it may be at `now`: every question but the seat.
///
/// # Errors
/// As [`check_makeup_waiting`]; `invalid_duration`.
pub fn makeup_terms(
    missed: &MissedBooking,
    target: &TargetClass,
    now: Instant,
    policy: &Policy,
) -> Result<MakeupTerms, Code> {
    let facts = MakeupFacts {
        original_status: missed.status,
        earns_no_makeup: missed.earns_no_makeup(),
        made_up: missed.made_up,
        original_start: missed.start,
        target_start: target.start,
        same_category: target.same_category,
        time_conflict: target.time_conflict,
        free_seats: 0,
    };
    check_makeup_waiting(&facts, now, policy)?;
    let difference = duration_difference(missed.duration, target.duration)?;
    Ok(MakeupTerms {
        original: missed.booking,
        original_duration: missed.duration,
        makeup_duration: target.duration,
        difference,
        completion_type: CompletionType::of(difference),
    })
}

/// Whether a makeup class that would do can be had now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It can be booked.
    Seat,
    /// Its queue can be joined.
    Waitlist,
}

/// How `missed` can be made up in `target` at `now`, whose queue and seats are as `join` says, with
/// `bookable_seats` for direct booking; `None` if it cannot.
pub fn makeup_opening(
    missed: &MissedBooking,
    target: &TargetClass,
    join: &JoinFacts,
    bookable_seats: u32,
    now: Instant,
    policy: &Policy,
) -> Option<(MakeupTerms, Opening)> {
    let made_up = makeup_terms(missed, target, now, policy).ok().filter(|_| !join.cancelled)?;
    if bookable_seats > 0 {
        return (!join.already_waiting).then_some((made_up, Opening::Seat));
    }
    check_join(join, now, policy).is_ok().then_some((made_up, Opening::Waitlist))
}
