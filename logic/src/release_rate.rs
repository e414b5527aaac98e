//! How often the seats of a weekly slot come free, from what it released lately (RULES §6).
//!
//! **A release** is a seat that its holder gave up: a booking cancelled, or leave taken. Each seat counts once: an
//! offer that is declined or runs out passes the same seat on. A class called off releases nothing.
//!
//! **Which hours**: a slot's classes can be booked weeks ahead, so that several of them lose bookings at a time, but
//! each has a queue of its own. ReleaseWindow is the class whose turn it is: from a week before its last notification time
//! until then. What is given up later reaches no queue. So every hour that is looked back on is one hour of one
//! queue, and the rate is what somebody in one queue may expect. A slot younger than the span that is looked back on
//! is watched from the week of its first class on.

use crate::deadline::waitlist_times;
use crate::policy::Policy;
use crate::time::{Instant, MINUTE_MS, Minutes};

/// How far is looked back.
pub const LOOK_BACK: Minutes = Minutes::days(8 * 7);

const WEEK: Minutes = Minutes::days(7);

/// When a booking that is given up counts, as minutes before its class starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseWindow {
    /// Less than this before the start.
    pub less_than: Minutes,
    /// At least this before the start.
    pub at_least: Minutes,
}

/// Which bookings given up count as releases.
pub const fn release_window(policy: &Policy) -> ReleaseWindow {
    let lead = policy.last_notification_lead;
    ReleaseWindow { less_than: Minutes(lead.0.saturating_add(WEEK.0)), at_least: lead }
}

/// For how many weeks, fractions included, a slot whose first class starts at `first_start` has been watched by
/// `now`: from none to those of [`LOOK_BACK`].
pub fn weeks_observed(first_start: Instant, now: Instant, policy: &Policy) -> f64 {
    let since = waitlist_times(first_start, policy).last_notification_at.minus(WEEK);
    let watched = now.millis_since(since).clamp(0, LOOK_BACK.millis()) / MINUTE_MS;
    in_minutes(Minutes(watched)) / in_minutes(WEEK)
}

/// The rate at which a slot releases seats, per hour: what it `released` in the `weeks` that it was watched, with
/// one week at the gym's average as the prior (RULES §6). What is no number of weeks or seats counts as none.
pub fn release_rate(released: u32, weeks: f64, gym_average_per_week: f64) -> f64 {
    const HOURS_PER_WEEK: f64 = 7.0 * 24.0;
    let sane = |number: f64| if number.is_finite() { number.max(0.0) } else { 0.0 };
    (f64::from(released) + sane(gym_average_per_week)) / ((sane(weeks) + 1.0) * HOURS_PER_WEEK)
}

#[allow(clippy::cast_precision_loss, reason = "minutes of eight weeks are far below 2^53")]
fn in_minutes(span: Minutes) -> f64 {
    span.0 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::clamped(1_800_000_000_000);

    #[test]
    fn a_slot_without_history_releases_what_the_gym_does() {
        assert!((release_rate(0, 0.0, 1.68) - 0.01).abs() < 1e-12);
        assert!((release_rate(9, 8.0, 0.0) - 9.0 / (9.0 * 168.0)).abs() < 1e-12);
        assert!((release_rate(3, 8.0, 1.5) - 4.5 / (9.0 * 168.0)).abs() < 1e-12);
        for nonsense in [f64::NAN, f64::INFINITY, -1.0] {
            assert!((release_rate(1, nonsense, nonsense) - 1.0 / 168.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_young_slot_is_watched_since_the_week_of_its_first_class() {
        let policy = Policy::default();
        let last = waitlist_times(START, &policy).last_notification_at;
        let watched = |now| weeks_observed(START, now, &policy);
        assert_eq!(watched(last.minus(WEEK)).to_bits(), 0.0_f64.to_bits());
        assert_eq!(watched(last.minus(Minutes::days(30))).to_bits(), 0.0_f64.to_bits());
        assert!((watched(last) - 1.0).abs() < 1e-12);
        assert!((watched(last.plus(WEEK)) - 2.0).abs() < 1e-12);
        assert!((watched(last.plus(LOOK_BACK)) - 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_week_ends_with_the_last_notification() {
        let release_window = release_window(&Policy::default());
        assert_eq!(
            (release_window.at_least, release_window.less_than),
            (Minutes(390), Minutes(390 + 7 * 1440))
        );
    }

    #[test]
    fn an_unchecked_policy_does_not_overflow_the_window() {
        let policy = Policy { last_notification_lead: Minutes(i64::MAX), ..Policy::default() };
        assert_eq!(release_window(&policy).less_than, Minutes(i64::MAX));
    }
}
