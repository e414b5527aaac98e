//! The chance of a seat for a waiting entry, and the expected wait (RULES §6). Releases of seats are modelled as a
//! Poisson process.

use crate::time::Minutes;

/// Returns the probability that at least `rank` seats are released when `expected` releases are expected, rounded
/// to 3 decimals (R6.1, R6.3). A NaN or negative `expected` counts as 0.
pub fn promotion_chance(rank: u32, expected: f64) -> f64 {
    (probability_of_at_least(rank, expected) * 1000.0).round() / 1000.0
}

/// Returns the median time to the `rank`-th release, if the `expected` releases are spread evenly over the `left`
/// minutes until the last notification: whole minutes, rounded up, at most `left` (R6.4). `None` if
/// [`promotion_chance`] is under 0.5.
pub fn estimated_wait_minutes(rank: u32, expected: f64, left: Minutes) -> Option<Minutes> {
    if rank == 0 {
        return Some(Minutes(0));
    }
    if promotion_chance(rank, expected) < 0.5 {
        return None;
    }
    // The mean at which the probability is 0.5 lies between rank − 1/3 and rank; bisect that interval.
    let rank_f = f64::from(rank);
    let (mut low, mut high) = (rank_f - 1.0 / 3.0, rank_f);
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if probability_of_at_least(rank, middle) < 0.5 {
            low = middle;
        } else {
            high = middle;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "minutes of a wait are far below 2^53")]
    let left_f = left.0.max(0) as f64;
    #[allow(clippy::cast_possible_truncation, reason = "at most `left`; `as` saturates")]
    let wait = (high / expected * left_f).ceil().min(left_f) as i64;
    Some(Minutes(wait))
}

/// Returns P(N >= rank) for a Poisson variable N with mean `expected`.
fn probability_of_at_least(rank: u32, expected: f64) -> f64 {
    if rank == 0 {
        return 1.0;
    }
    if expected.is_nan() || expected <= 0.0 {
        return 0.0;
    }
    // No rank comes near 1e12, so a larger mean changes nothing; the limit keeps the squares below finite.
    let expected = expected.min(1e12);
    let rank = f64::from(rank);
    // Chernoff bounds: beyond them the tail is below e^−20, which three decimals do not show. They also limit the
    // sum below to a few times sqrt(rank) terms, however large the arguments.
    let over = rank - expected;
    if over > 0.0 && over * over > 40.0 * (expected + over / 3.0) {
        return 0.0;
    }
    if over < 0.0 && over * over > 40.0 * expected {
        return 1.0;
    }
    // Sum the probabilities relative to that of the mode, from the mode outwards until they vanish. Nothing
    // overflows or underflows, and no factorial is needed.
    let mode = expected.floor();
    let (mut reached, mut missed) = (0.0, 0.0);
    let mut count = |n: f64, weight: f64| if n >= rank { reached += weight } else { missed += weight };
    let (mut n, mut weight) = (mode, 1.0);
    while weight > NEGLIGIBLE {
        count(n, weight);
        n += 1.0;
        weight *= expected / n;
    }
    (n, weight) = (mode, mode / expected);
    while weight > NEGLIGIBLE {
        n -= 1.0;
        count(n, weight);
        weight *= n / expected;
    }
    reached / (reached + missed)
}

/// A weight below this adds nothing to a sum of at least 1 in double precision.
const NEGLIGIBLE: f64 = 1e-17;
