//! The chance of a seat (RULES §6).

use logic::Minutes;
use logic::chance::{estimated_wait_minutes, promotion_chance};
use proptest::prelude::*;

/// The textbook sum, which is accurate for small means.
fn textbook(rank: u32, expected: f64) -> f64 {
    let mut term = (-expected).exp();
    let mut fewer = 0.0;
    for n in 0..rank {
        fewer += term;
        term *= expected / f64::from(n + 1);
    }
    1.0 - fewer
}

proptest! {
    /// Covers R6.1.
    #[test]
    fn the_chance_equals_the_textbook_sum(rank in 0..60_u32, expected in 0.0..40.0_f64) {
        prop_assert!((promotion_chance(rank, expected) - textbook(rank, expected)).abs() <= 0.000_500_1);
    }

    /// Covers R6.1, R6.3.
    #[test]
    fn the_chance_falls_with_the_rank_and_rises_with_the_releases(
        rank in prop_oneof![0..50_u32, 0..1_000_000_u32, Just(u32::MAX - 1)],
        expected in prop_oneof![0.0..50.0_f64, 0.0..1e6_f64, 0.0..1e9_f64],
        more in prop_oneof![0.0..1.0_f64, 0.0..1e6_f64],
    ) {
        let chance = promotion_chance(rank, expected);
        prop_assert!((0.0..=1.0).contains(&chance));
        // The chance has three decimals.
        prop_assert_eq!((chance * 1000.0).round() / 1000.0, chance);
        prop_assert!(promotion_chance(rank + 1, expected) <= chance);
        prop_assert!(promotion_chance(rank, expected + more) >= chance);
    }

    /// Covers R6.1.
    #[test]
    fn a_large_rank_has_a_chance_of_one_half_at_its_median(rank in 1_000..1_000_000_u32) {
        prop_assert_eq!(promotion_chance(rank, f64::from(rank) - 1.0 / 3.0), 0.5);
    }

    /// Covers R6.1.
    #[test]
    fn an_invalid_number_of_releases_counts_as_zero(rank in 1..10_u32, negative in -1e9..0.0_f64) {
        for expected in [negative, f64::NAN, f64::NEG_INFINITY, 0.0] {
            prop_assert_eq!(promotion_chance(rank, expected), 0.0);
        }
        for expected in [f64::INFINITY, f64::MAX] {
            prop_assert_eq!(promotion_chance(rank, expected), 1.0);
        }
        prop_assert_eq!(promotion_chance(0, negative), 1.0);
    }

    /// Covers R6.4.
    #[test]
    fn the_wait_is_the_time_until_the_chance_is_one_half(
        rank in 0..200_u32,
        expected in 0.0..400.0_f64,
        left in 0..40_000_i64,
    ) {
        let wait = estimated_wait_minutes(rank, expected, Minutes(left));
        prop_assert_eq!(wait.is_some(), promotion_chance(rank, expected) >= 0.5);
        if let Some(Minutes(wait)) = wait {
            prop_assert!((0..=left).contains(&wait));
            let by = |minutes: i64| textbook_or_even(rank, expected * minutes as f64 / left as f64);
            if left > 0 && wait < left {
                prop_assert!(by(wait) >= 0.5);
            }
            if wait > 0 {
                prop_assert!(by(wait - 1) < 0.501);
            }
            if let Some(next) = estimated_wait_minutes(rank + 1, expected, Minutes(left)) {
                prop_assert!(wait <= next.0);
            }
        }
    }

    #[test]
    fn extreme_waits_do_not_overflow(rank in 0..1_000_000_u32, expected in any::<f64>(), left in any::<i64>()) {
        if let Some(wait) = estimated_wait_minutes(rank, expected, Minutes(left)) {
            prop_assert!(wait.0 >= 0 && wait.0 <= left.max(0));
        }
    }
}

fn textbook_or_even(rank: u32, expected: f64) -> f64 {
    if expected.is_finite() { promotion_chance(rank, expected) } else { 0.5 }
}
