//! Making a missed class up (RULES §3).

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::policy::Policy;
use crate::status::BookingStatus;
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
    if !is_missed(facts.original_status, policy) {
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
