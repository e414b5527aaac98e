//! The time left to an instant, as people read it (RULES §5).

use crate::time::Instant;

/// The time left at some `now` to some target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// Whole seconds left, never one too few; 0 from the target on.
    pub total_seconds: i64,
    /// Whole days of them.
    pub days: i64,
    /// Hours past the days, 0..=23.
    pub hours: i64,
    /// Minutes past the hours, 0..=59.
    pub minutes: i64,
    /// Seconds past the minutes, 0..=59.
    pub seconds: i64,
    /// The target has passed; at the target itself it has not.
    pub expired: bool,
    /// `2天03:04:05` with days, else `03:04:05`; `已截止` when expired.
    pub text: String,
}

/// The time left at `now` to `target`.
pub fn countdown(now: Instant, target: Instant) -> Countdown {
    let left = target.millis_since(now);
    let total_seconds = if left > 0 { (left + 999) / 1000 } else { 0 };
    let (days, hours, minutes, seconds) =
        (total_seconds / 86_400, total_seconds / 3600 % 24, total_seconds / 60 % 60, total_seconds % 60);
    let expired = now > target;
    let text = if expired {
        "已截止".to_owned()
    } else if days > 0 {
        format!("{days}天{hours:02}:{minutes:02}:{seconds:02}")
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    };
    Countdown { total_seconds, days, hours, minutes, seconds, expired, text }
}
