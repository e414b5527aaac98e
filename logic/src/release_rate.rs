//! The rate at which a weekly slot releases seats, estimated from recent weeks (R6.2, R6.5, R6.6).
//!
//! **A release** is a seat that its holder gave up: a booking that was cancelled or took leave. Each seat counts once:
//! an offer that is declined or expires passes the same seat on. A class that is called off releases nothing.
//!
//! **The window**: a slot's classes can be booked weeks ahead, so several of them can lose bookings at the same time,
//! but each has its own queue. A release counts for a class only in the week that ends with its last notification
//! time; a seat given up later reaches no queue. Each hour of the look-back is therefore one hour of one queue, and
//! the rate is what a member of one queue may expect. A slot younger than the look-back is observed from the week of
//! its first class on.

use crate::deadline::waitlist_times;
use crate::policy::Policy;
use crate::time::{Instant, MINUTE_MS, Minutes};

/// How far the estimate looks back.
pub const LOOK_BACK: Minutes = Minutes::days(8 * 7);

const WEEK: Minutes = Minutes::days(7);

/// The window in which a booking that is given up counts as a release, in minutes before its class starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseWindow {
    /// The booking is given up less than this before the start.
    pub less_than: Minutes,
    /// The booking is given up at least this before the start.
    pub at_least: Minutes,
}

/// Returns the window in which bookings that are given up count as releases.
pub const fn release_window(policy: &Policy) -> ReleaseWindow {
    let lead = policy.last_notification_lead;
    ReleaseWindow { less_than: Minutes(lead.0.saturating_add(WEEK.0)), at_least: lead }
}

/// Returns for how many weeks, fractions included, a slot whose first class starts at `first_start` has been observed
/// by `now`: from 0 to the weeks of [`LOOK_BACK`].
pub fn weeks_observed(first_start: Instant, now: Instant, policy: &Policy) -> f64 {
    let since = waitlist_times(first_start, policy).last_notification_at.minus(WEEK);
    let observed = now.millis_since(since).clamp(0, LOOK_BACK.millis()) / MINUTE_MS;
    in_minutes(Minutes(observed)) / in_minutes(WEEK)
}

/// Returns whether a slot observed for this many `weeks` tells more than the prior, which weighs one week (R6.7).
pub fn is_known(weeks: f64) -> bool {
    weeks >= 1.0
}

/// Returns the rate at which a slot releases seats, per hour: the seats `released` in the `weeks` observed, with one
/// week at the gym's average as the prior (R6.2). NaN, infinite and negative arguments count as 0.
pub fn release_rate(released: u32, weeks: f64, gym_average_per_week: f64) -> f64 {
    const HOURS_PER_WEEK: f64 = 7.0 * 24.0;
    let non_negative = |number: f64| if number.is_finite() { number.max(0.0) } else { 0.0 };
    (f64::from(released) + non_negative(gym_average_per_week))
        / ((non_negative(weeks) + 1.0) * HOURS_PER_WEEK)
}

#[allow(clippy::cast_precision_loss, reason = "minutes of eight weeks are far below 2^53")]
fn in_minutes(span: Minutes) -> f64 {
    span.0 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::clamped(1_800_000_000_000);

    /// Covers R6.2.
    #[test]
    fn a_slot_without_history_has_the_average_rate_of_the_gym() {
        assert!((release_rate(0, 0.0, 1.68) - 0.01).abs() < 1e-12);
        assert!((release_rate(9, 8.0, 0.0) - 9.0 / (9.0 * 168.0)).abs() < 1e-12);
        assert!((release_rate(3, 8.0, 1.5) - 4.5 / (9.0 * 168.0)).abs() < 1e-12);
        for invalid in [f64::NAN, f64::INFINITY, -1.0] {
            assert!((release_rate(1, invalid, invalid) - 1.0 / 168.0).abs() < 1e-12);
        }
    }

    /// Covers R6.6.
    #[test]
    fn a_new_slot_is_observed_from_the_week_of_its_first_class() {
        let policy = Policy::default();
        let last = waitlist_times(START, &policy).last_notification_at;
        let observed = |now| weeks_observed(START, now, &policy);
        assert_eq!(observed(last.minus(WEEK)).to_bits(), 0.0_f64.to_bits());
        assert_eq!(observed(last.minus(Minutes::days(30))).to_bits(), 0.0_f64.to_bits());
        assert!((observed(last) - 1.0).abs() < 1e-12);
        assert!((observed(last.plus(WEEK)) - 2.0).abs() < 1e-12);
        assert!((observed(last.plus(LOOK_BACK)) - 8.0).abs() < 1e-12);
    }

    /// Covers R6.7.
    #[test]
    fn a_chance_is_known_from_the_last_notification_of_the_first_class_on() {
        let policy = Policy::default();
        let last = waitlist_times(START, &policy).last_notification_at;
        assert!(is_known(weeks_observed(START, last, &policy)));
        assert!(!is_known(weeks_observed(START, last.minus(Minutes(1)), &policy)));
        assert!(!is_known(0.0) && !is_known(f64::NAN));
    }

    /// Covers R6.6.
    #[test]
    fn the_window_is_the_week_before_the_last_notification_time() {
        let window = release_window(&Policy::default());
        assert_eq!((window.at_least, window.less_than), (Minutes(390), Minutes(390 + 7 * 1440)));
    }

    #[test]
    fn an_unchecked_policy_does_not_overflow_the_window() {
        let policy = Policy { last_notification_lead: Minutes(i64::MAX), ..Policy::default() };
        assert_eq!(release_window(&policy).less_than, Minutes(i64::MAX));
    }
}
