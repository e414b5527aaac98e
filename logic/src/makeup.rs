//! Makeups: replacing a missed class by another (RULES §3).

mod given;

pub use given::{GIVEN_RIGHT_MAX, GivenRightFacts, check_given_right};

use crate::actor::Actor;
use crate::error::{Code, Refusal};
use crate::ids::BookingId;
use crate::joining::{JoinFacts, check_join};
use crate::limits::{check_horizon, check_places};
use crate::policy::Policy;
pub use crate::status::CompletionType;
use crate::status::{BookingSource, BookingStatus};
use crate::time::{DAY_MINUTES, Instant, Minutes};

impl CompletionType {
    /// Returns the type of a makeup with this duration difference.
    pub const fn of(difference: Minutes) -> Self {
        match difference.0 {
            0 => Self::Full,
            1.. => Self::Partial,
            _ => Self::Extra,
        }
    }
}

/// Checks that `minutes` can be the duration of a class or a price in credit: 1..=1440 (R3.2, R4.4).
///
/// # Errors
/// `invalid_duration`.
pub const fn check_duration(minutes: Minutes) -> Result<(), Code> {
    if minutes.0 >= 1 && minutes.0 <= DAY_MINUTES { Ok(()) } else { Err(Code::InvalidDuration) }
}

/// Returns the minutes missed minus the minutes made up. Positive minutes are owed to the member; negative ones are
/// given free (R3.1, R3.3).
///
/// # Errors
/// `invalid_duration` if either is outside 1..=1440.
pub fn duration_difference(original: Minutes, makeup: Minutes) -> Result<Minutes, Code> {
    check_duration(original)?;
    check_duration(makeup)?;
    Ok(Minutes(original.0 - makeup.0))
}

/// Returns the latest start of a class that can make up for one that started at `original_start` (R3.10).
pub const fn makeup_until(original_start: Instant, policy: &Policy) -> Instant {
    original_start.plus(policy.makeup_validity)
}

/// Returns whether the right to a makeup that ends at `until`, as [`makeup_until`] gives it, is open at `now` (R3.31).
pub fn right_is_open(until: Instant, now: Instant) -> bool {
    now <= until
}

/// Returns whether a booking with this status is missed in a way that can be made up (R3.8).
pub const fn is_missed(status: BookingStatus, policy: &Policy) -> bool {
    match status {
        BookingStatus::Leave | BookingStatus::CancelledByGym => true,
        BookingStatus::Absent => policy.makeup_for_absence,
        BookingStatus::Booked | BookingStatus::Completed | BookingStatus::Cancelled => false,
    }
}

/// Until when a missed booking can be made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MakeupRight {
    /// The booking gives no right, whatever its status.
    None,
    /// The right was fixed when it arose and ends then (R3.35).
    Until(Instant),
    /// The right is not known: the status and the policy decide.
    ByPolicy,
}

impl From<Option<Instant>> for MakeupRight {
    fn from(until: Option<Instant>) -> Self {
        until.map_or(Self::None, Self::Until)
    }
}

/// Returns the end of the right that a booking has from now on; `None` if it gives none (R3.34). `policy` is the version
/// of the missed class.
///
/// A missed makeup is not made up again (R3.9), and if the gym calls a makeup off, its original is owed again instead
/// (R3.23). A booking `paid` with credit gets its minutes back if the gym calls it off (R3.25), and a booking never gives
/// both minutes and a makeup (R3.27).
pub fn arising_right(
    status: BookingStatus,
    source: BookingSource,
    paid: bool,
    start: Instant,
    policy: &Policy,
) -> Option<Instant> {
    let gives_none = source == BookingSource::Makeup || (paid && status == BookingStatus::CancelledByGym);
    (is_missed(status, policy) && !gives_none).then(|| makeup_until(start, policy))
}

/// The facts that decide whether a class can make up for a missed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakeupFacts {
    /// Who asks.
    pub by: Actor,
    /// The status of the original booking.
    pub original_status: BookingStatus,
    /// Until when the original booking can be made up.
    pub right: MakeupRight,
    /// Whether the booking has a makeup that is pending, confirmed, completed or no_show.
    pub made_up: bool,
    /// When the missed class started.
    pub original_start: Instant,
    /// When the class that is to make up for it starts: the target.
    pub target_start: Instant,
    /// Whether both courses have the same category.
    pub same_category: bool,
    /// Whether the profile has a live booking or makeup that overlaps the target.
    pub time_conflict: bool,
    /// Places of the profile in classes that have not ended (R3.33).
    pub live_bookings: u32,
    /// Seats of the target that are neither held nor queued for (R2.51).
    pub free_seats: u32,
}

/// Checks whether the makeup can be booked at `now` (R3.7).
///
/// # Errors
/// The first of these that holds: `not_missed`, `already_made_up`, `makeup_expired`, `makeup_before_original`,
/// `makeup_too_late`, `course_mismatch`, `too_far_ahead`, `time_conflict`, `too_many_bookings`, `session_full`.
pub fn check_makeup(facts: &MakeupFacts, now: Instant, policy: &Policy) -> Result<(), Refusal> {
    check_right(facts, now, policy)?;
    check_horizon(facts.target_start, facts.by, now, policy)?;
    if facts.time_conflict {
        return Err(Code::TimeConflict.into());
    }
    check_places(facts.live_bookings, facts.by, policy)?;
    if facts.free_seats == 0 {
        return Err(Code::SessionFull.into());
    }
    Ok(())
}

/// Checks whether the profile may wait for a seat for the makeup at `now` (R3.16). [`check_join`] has checked how far ahead
/// the class is; the confirm will check how many places the profile has.
///
/// # Errors
/// Those of [`check_makeup`] without `too_far_ahead`, `too_many_bookings` and `session_full`.
pub fn check_makeup_waiting(facts: &MakeupFacts, now: Instant, policy: &Policy) -> Result<(), Code> {
    check_right(facts, now, policy)?;
    if facts.time_conflict { Err(Code::TimeConflict) } else { Ok(()) }
}

/// Checks R3.8 to R3.13.
fn check_right(facts: &MakeupFacts, now: Instant, policy: &Policy) -> Result<(), Code> {
    let until = match facts.right {
        MakeupRight::Until(until) if facts.original_status.can_give_right() => until,
        MakeupRight::ByPolicy if is_missed(facts.original_status, policy) => {
            makeup_until(facts.original_start, policy)
        }
        _ => return Err(Code::NotMissed),
    };
    if facts.made_up {
        Err(Code::AlreadyMadeUp)
    } else if facts.target_start > until {
        Err(Code::MakeupExpired)
    } else if facts.target_start <= facts.original_start {
        Err(Code::MakeupBeforeOriginal)
    } else if now > facts.target_start.minus(policy.makeup_booking_lead) {
        Err(Code::MakeupTooLate)
    } else if !facts.same_category {
        Err(Code::CourseMismatch)
    } else {
        Ok(())
    }
}

/// A booking that is to be made up, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedBooking {
    /// The booking's id.
    pub booking: BookingId,
    /// The booking's status.
    pub status: BookingStatus,
    /// The latest start of a makeup for it, as it was fixed when the right arose (R3.34); `None` if it gives no right.
    pub makeup_until: Option<Instant>,
    /// Whether the booking has a makeup that is pending, confirmed, completed or no_show.
    pub made_up: bool,
    /// When its class started.
    pub start: Instant,
    /// The duration of its class.
    pub duration: Minutes,
}

impl MissedBooking {
    /// Returns whether the booking is still to be made up at `now`.
    pub fn is_owed(&self, now: Instant) -> bool {
        !self.made_up && self.makeup_until.is_some_and(|until| right_is_open(until, now))
    }
}

/// The class that is to make up for a missed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetClass {
    /// When the class starts.
    pub start: Instant,
    /// How long the class is.
    pub duration: Minutes,
    /// Whether its course has the category of the missed class.
    pub same_category: bool,
    /// Whether the profile has a live booking or makeup that overlaps it.
    pub time_conflict: bool,
}

/// The terms of a makeup: what it replaces, and the minutes that it owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakeupTerms {
    /// The missed booking.
    pub original: BookingId,
    /// The duration of the missed class.
    pub original_duration: Minutes,
    /// The duration of the makeup class.
    pub makeup_duration: Minutes,
    /// The missed minutes minus the minutes made up.
    pub difference: Minutes,
    /// Whether the makeup is equal, shorter or longer.
    pub completion_type: CompletionType,
}

impl MakeupTerms {
    /// Returns the minutes of the grant that the makeup earns; `None` if it is not shorter (R3.5).
    pub fn credit(&self) -> Option<Minutes> {
        (self.difference.0 > 0).then_some(self.difference)
    }
}

/// Returns the terms of making up `missed` in `target`, if that is allowed at `now`. Whether a seat is free is not
/// checked. `policy` is the version of the target.
///
/// # Errors
/// Those of [`check_makeup_waiting`]; `invalid_duration`.
pub fn makeup_terms(
    missed: &MissedBooking,
    target: &TargetClass,
    now: Instant,
    policy: &Policy,
) -> Result<MakeupTerms, Code> {
    let facts = MakeupFacts {
        by: Actor::Member,
        original_status: missed.status,
        right: missed.makeup_until.into(),
        made_up: missed.made_up,
        original_start: missed.start,
        target_start: target.start,
        same_category: target.same_category,
        time_conflict: target.time_conflict,
        live_bookings: 0,
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

/// How a suitable class can be obtained as a makeup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A seat can be booked.
    Seat,
    /// The waitlist can be joined.
    Waitlist,
}

/// Returns how `missed` can be made up in `target` at `now`, and on which terms; `None` if it cannot.
///
/// `join` holds the facts about the target's waitlist, `bookable_seats` its seats open to direct booking, and
/// `live_bookings` the places that the profile has.
pub fn makeup_opening(
    missed: &MissedBooking,
    target: &TargetClass,
    join: &JoinFacts,
    (bookable_seats, live_bookings): (u32, u32),
    now: Instant,
    policy: &Policy,
) -> Option<(MakeupTerms, Opening)> {
    let terms = makeup_terms(missed, target, now, policy).ok().filter(|_| !join.cancelled)?;
    check_horizon(target.start, join.by, now, policy).ok()?;
    if bookable_seats > 0 {
        let seat = !join.already_waiting && check_places(live_bookings, join.by, policy).is_ok();
        return seat.then_some((terms, Opening::Seat));
    }
    check_join(join, now, policy).is_ok().then_some((terms, Opening::Waitlist))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers R3.34, R3.35.
    #[test]
    fn a_right_ends_when_it_did_as_it_arose_whatever_the_policy_says_later() {
        let start = Instant::clamped(1_800_000_000_000);
        let then = Policy { makeup_for_absence: true, ..Policy::default() };
        let until = arising_right(BookingStatus::Absent, BookingSource::Direct, false, start, &then);
        assert_eq!(until, Some(start.plus(then.makeup_validity)));
        let later = Policy { makeup_validity: Minutes::days(1), ..Policy::default() };
        let target_start = start.plus(Minutes::days(14));
        let facts = MakeupFacts {
            by: Actor::Member,
            original_status: BookingStatus::Absent,
            right: until.into(),
            made_up: false,
            original_start: start,
            target_start,
            same_category: true,
            time_conflict: false,
            live_bookings: 0,
            free_seats: 1,
        };
        let now = target_start.minus(Minutes::days(1));
        assert_eq!(check_makeup(&facts, now, &later), Ok(()));
        for right in [MakeupRight::ByPolicy, MakeupRight::None] {
            let facts = MakeupFacts { right, ..facts };
            assert_eq!(check_makeup(&facts, now, &later).map_err(|no| no.code), Err(Code::NotMissed));
        }
    }

    #[test]
    fn a_makeup_and_a_booking_whose_minutes_come_back_give_no_right() {
        use BookingStatus::{Absent, CancelledByGym, Leave};
        let right = |status, source, paid| {
            arising_right(status, source, paid, Instant::clamped(0), &Policy::default()).is_some()
        };
        assert!(
            right(Leave, BookingSource::Waitlist, true)
                && right(CancelledByGym, BookingSource::Direct, false)
        );
        assert!(!right(CancelledByGym, BookingSource::Direct, true), "its minutes come back");
        assert!(!right(CancelledByGym, BookingSource::Makeup, false), "the original is owed again");
        assert!(!right(Absent, BookingSource::Direct, false), "the policy does not allow it");
    }
}
