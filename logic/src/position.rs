//! An entry's position in its waitlist, as members see it (R2.46, R2.47, RULES §6).

use crate::chance::{estimated_wait_minutes, promotion_chance};
use crate::deadline;
use crate::policy::Policy;
use crate::status::EntryStatus;
use crate::time::{Instant, MINUTE_MS, Minutes};

/// An entry's position and its chance of a seat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueuePosition {
    /// The rank among waiting entries, from 1; 0 while a seat is offered; `None` once the entry has ended.
    pub position: Option<u32>,
    /// Waiting entries ahead of it; `None` once the entry has ended.
    pub ahead: Option<u32>,
    /// The chance of a seat, 0 to 1 with 3 decimals; `None` once the entry has ended.
    pub chance: Option<f64>,
    /// The median wait; `None` if the chance is under 0.5 or the entry does not wait.
    pub estimated_wait: Option<Minutes>,
}

impl QueuePosition {
    /// Returns the position of an entry with `ahead` waiting entries before it, in a session that starts at `start`
    /// and whose slot releases `releases_per_hour` seats.
    pub fn of(
        status: EntryStatus,
        ahead: u32,
        releases_per_hour: f64,
        start: Instant,
        now: Instant,
        policy: &Policy,
    ) -> Self {
        match status {
            EntryStatus::Waiting => {
                let until = deadline::waitlist_times(start, policy).last_notification_at;
                let left = Minutes(until.millis_since(now).max(0) / MINUTE_MS);
                let expected = expected_releases(releases_per_hour, left);
                let rank = ahead.saturating_add(1);
                Self {
                    position: Some(rank),
                    ahead: Some(ahead),
                    chance: Some(promotion_chance(rank, expected)),
                    estimated_wait: estimated_wait_minutes(rank, expected, left),
                }
            }
            EntryStatus::Notified => {
                Self { position: Some(0), ahead: Some(0), chance: Some(1.0), estimated_wait: None }
            }
            EntryStatus::Confirmed | EntryStatus::Expired | EntryStatus::Cancelled => {
                Self { position: None, ahead: None, chance: None, estimated_wait: None }
            }
        }
    }
}

/// Returns how many seats a slot is expected to release in the time `left`.
#[allow(clippy::cast_precision_loss, reason = "a span of minutes is far below 2^53")]
fn expected_releases(per_hour: f64, left: Minutes) -> f64 {
    per_hour * (left.0 as f64) / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::clamped(1_800_000_000_000);

    fn position(status: EntryStatus, ahead: u32, hours_before: i64) -> QueuePosition {
        let policy = Policy::default();
        QueuePosition::of(status, ahead, 0.1, START, START.minus(Minutes(hours_before * 60)), &policy)
    }

    /// Covers R2.46, R2.47.
    #[test]
    fn the_rank_is_one_more_than_the_entries_ahead() {
        assert_eq!(position(EntryStatus::Waiting, 2, 48).position, Some(3));
        assert_eq!(position(EntryStatus::Notified, 0, 48).position, Some(0));
        for ended in [EntryStatus::Confirmed, EntryStatus::Expired, EntryStatus::Cancelled] {
            assert_eq!((position(ended, 2, 48).position, position(ended, 2, 48).chance), (None, None));
        }
    }

    /// Covers R6.1, R6.4.
    #[test]
    fn the_chance_falls_with_the_rank_and_is_zero_once_the_waitlist_closes() {
        let early = |ahead| position(EntryStatus::Waiting, ahead, 48).chance.unwrap();
        assert!(early(0) > early(1) && early(1) > early(2));
        assert_eq!(position(EntryStatus::Waiting, 0, 6).chance, Some(0.0));
        assert_eq!(position(EntryStatus::Waiting, 0, 6).estimated_wait, None);
    }
}
