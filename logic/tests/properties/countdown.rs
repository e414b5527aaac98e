//! Countdowns (RULES §5).

use crate::any::{at, instant};
use logic::countdown::countdown;
use proptest::prelude::*;

proptest! {
    /// Covers R5.1, R5.2.
    #[test]
    fn a_countdown_rounds_seconds_up(now in instant(), target in instant()) {
        let shown = countdown(now, target);
        let left = target.millis() - now.millis();
        prop_assert!(shown.total_seconds * 1000 >= left);
        // It is less than a second too many.
        prop_assert!(shown.total_seconds == 0 || (shown.total_seconds - 1) * 1000 < left);
        prop_assert!(shown.total_seconds >= 0);
        prop_assert_eq!(shown.expired, now > target);
    }

    /// Covers R5.1, R5.3.
    #[test]
    fn the_parts_and_the_text_add_up_to_the_total(now in instant(), left in -5_000..40_000_000_000_i64) {
        prop_assume!(now.millis() + left <= logic::Instant::LIMIT_MS && now.millis() + left >= -logic::Instant::LIMIT_MS);
        let shown = countdown(now, at(now.millis() + left));
        let sum = ((shown.days * 24 + shown.hours) * 60 + shown.minutes) * 60 + shown.seconds;
        prop_assert_eq!(sum, shown.total_seconds);
        prop_assert!((0..24).contains(&shown.hours) && (0..60).contains(&shown.minutes) && (0..60).contains(&shown.seconds));
        if shown.expired {
            prop_assert_eq!(shown.text, "已截止");
        } else {
            prop_assert_eq!(shown.text.contains('天'), shown.days > 0);
            let (days, clock) = shown.text.split_once('天').unwrap_or(("0", &shown.text));
            prop_assert_eq!(clock.len(), "00:00:00".len());
            let parts: Vec<i64> =
                [days].into_iter().chain(clock.split(':')).map(|part| part.parse().expect("digits")).collect();
            prop_assert_eq!(parts, vec![shown.days, shown.hours, shown.minutes, shown.seconds]);
        }
    }
}

/// Covers R5.3.
#[test]
fn texts_with_days_without_and_expired() {
    let text = |left: i64| countdown(at(0), at(left)).text;
    assert_eq!(text(183_845_000), "2天03:04:05");
    assert_eq!(text(11_045_000), "03:04:05");
    assert_eq!(text(11_044_001), "03:04:05");
    assert_eq!(text(86_400_000), "1天00:00:00");
    assert_eq!(text(86_399_000), "23:59:59");
    assert_eq!(text(0), "00:00:00");
    assert_eq!(text(-1), "已截止");
}
