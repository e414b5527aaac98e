//! A program that may not know the newest version judges a class only if no later version can apply to it (R1.25).

use logic::Instant;
use logic::ids::PolicyId;
use logic::policy_version::{
    FIRST_EFFECTIVE_FROM, PolicyVersion, effective_from, is_settled, next_version, policy_at,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Returns the instant this many seconds after one in 2027.
fn at(seconds: i64) -> Instant {
    Instant::clamped(1_800_000_000_000 + seconds * 1000)
}

fn versions(from: impl IntoIterator<Item = Instant>) -> Vec<PolicyVersion> {
    let ids = (1..).map(PolicyId);
    ids.zip(from).map(|(id, effective_from)| PolicyVersion { id, effective_from }).collect()
}

proptest! {
    /// Covers R1.23, R1.25.
    #[test]
    fn no_version_that_is_set_later_reaches_a_settled_class(
        known in vec(-300..600_i64, 0..5),
        starts in -200..150_i64,
        later in vec((0..90_i64, option::of(-100..900_i64)), 0..8),
    ) {
        let mut all = versions([FIRST_EFFECTIVE_FROM].into_iter().chain(known.into_iter().map(at)));
        let next = next_version(&all, at(0)).map(|next| next.effective_from);
        prop_assume!(is_settled(at(starts), next, at(0)));
        let judged_by = policy_at(&all, at(starts));
        let mut now = 0;
        for (wait, wanted) in later {
            now += wait;
            if let Ok(effective_from) = effective_from(wanted.map(at), &all, at(now)) {
                let id = PolicyId(i64::try_from(all.len()).unwrap() + 1);
                all.push(PolicyVersion { id, effective_from });
            }
        }
        prop_assert_eq!(policy_at(&all, at(starts)), judged_by);
    }
}
