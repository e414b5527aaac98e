//! Countdowns: the time left until an instant, as people read it (RULES §5).

use crate::time::Instant;

/// The time left until a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// Whole seconds left, rounded up; 0 from the target on.
    pub total_seconds: i64,
    /// Whole days left.
    pub days: i64,
    /// Hours beside the days, 0..=23.
    pub hours: i64,
    /// Minutes beside the hours, 0..=59.
    pub minutes: i64,
    /// Seconds beside the minutes, 0..=59.
    pub seconds: i64,
    /// Whether the target has passed; at the target itself it has not (R5.2).
    pub expired: bool,
    /// `2天03:04:05` with days, else `03:04:05`; `已截止` when expired.
    pub text: String,
}

/// Returns the time left at `now` until `target` (R5.1 to R5.3).
///
/// # Examples
/// ```
/// use logic::countdown::countdown;
/// use logic::{Instant, Minutes};
///
/// let now = Instant::clamped(1_772_000_000_000);
/// let offer = countdown(now, now.plus(Minutes(30)));
/// assert_eq!((offer.total_seconds, offer.text.as_str()), (1800, "00:30:00"));
///
/// // At the deadline itself an answer is still in time.
/// let deadline = countdown(now, now);
/// assert_eq!((deadline.expired, deadline.text.as_str()), (false, "00:00:00"));
/// assert_eq!(countdown(now.plus(Minutes(1)), now).text, "已截止");
/// ```
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
