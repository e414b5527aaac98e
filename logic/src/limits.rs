//! How far ahead a class can be joined or booked, and how many places a profile can have (R2.87, R2.88).

use crate::actor::Actor;
use crate::error::{Code, Facts, Refusal};
use crate::policy::{HORIZON_DAYS_MAX, Policy};
use crate::time::{Instant, Minutes};

/// Checks that a class that starts at `start` is near enough to be joined or booked at `now` (R2.87). Staff may act
/// up to the longest horizon that a policy can have.
///
/// # Errors
/// `too_far_ahead`, with the first instant at which it is near enough.
pub fn check_horizon(start: Instant, by: Actor, now: Instant, policy: &Policy) -> Result<(), Refusal> {
    let horizon = match by {
        Actor::Member => policy.booking_horizon,
        Actor::Staff => Minutes::days(HORIZON_DAYS_MAX),
    };
    let bookable_from = start.minus(horizon);
    if now < bookable_from {
        return Err(Refusal { code: Code::TooFarAhead, facts: Facts::BookableFrom(bookable_from) });
    }
    Ok(())
}

/// Checks that a profile with `live_bookings` places in classes that have not ended may have one more (R2.88). Staff
/// are not bound.
///
/// # Errors
/// `too_many_bookings`.
pub fn check_places(live_bookings: u32, by: Actor, policy: &Policy) -> Result<(), Code> {
    if by == Actor::Member && live_bookings >= policy.live_bookings_per_profile {
        return Err(Code::TooManyBookings);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60_000;

    /// Covers R1.18, R2.87.
    #[test]
    fn a_class_opens_exactly_one_horizon_before_it_starts() {
        let start = Instant::clamped(1_772_445_600_000);
        let policy = Policy { booking_horizon: Minutes::days(14), ..Policy::default() };
        for (by, days) in [(Actor::Member, 14), (Actor::Staff, 366)] {
            let opens = Instant::clamped(start.millis() - days * DAY_MS);
            let check = |ms: i64| check_horizon(start, by, Instant::clamped(opens.millis() + ms), &policy);
            assert_eq!(check(0), Ok(()), "{by:?}");
            let refusal = check(-1).unwrap_err();
            assert_eq!((refusal.code, refusal.facts), (Code::TooFarAhead, Facts::BookableFrom(opens)));
        }
    }

    /// Covers R1.19, R2.88.
    #[test]
    fn a_profile_has_so_many_places_and_no_more_unless_staff_book() {
        let policy = Policy { live_bookings_per_profile: 3, ..Policy::default() };
        assert_eq!(check_places(2, Actor::Member, &policy), Ok(()));
        assert_eq!(check_places(3, Actor::Member, &policy), Err(Code::TooManyBookings));
        assert_eq!(check_places(u32::MAX, Actor::Staff, &policy), Ok(()));
    }
}
