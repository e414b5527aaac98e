//! Duration differences and class credit (R3.1 to R3.6, RULES §4).

use std::collections::BTreeMap;

use crate::any::{at, policy, start};
use logic::compensation::{
    Grant, UsageType, available, expiring_soon, expiry_of_grant, live_grants, plan_compensation,
};
use logic::error::Facts;
use logic::ids::GrantId;
use logic::makeup::{CompletionType, duration_difference};
use logic::status::GrantStatus;
use logic::{Code, Instant, Minutes};
use proptest::prelude::*;

const NOW: i64 = 1_772_445_600_000;

/// Grants with distinct ids. Few expiry times are used, so that many coincide, some with `NOW`.
fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let status =
        prop_oneof![4 => Just(GrantStatus::Available), 1 => proptest::sample::select(GrantStatus::ALL)];
    let grant = (1..1_000_i64, status, 0..200_i64, -1..4_i64);
    proptest::collection::btree_map(0..40_i64, grant, 0..12)
        .prop_map(|grants| {
            let grant = |(id, (_, status, remaining, expiry))| Grant {
                id: GrantId(id),
                status,
                remaining: Minutes(remaining),
                expiry_time: at(NOW + expiry),
            };
            grants.into_iter().map(grant).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

/// Spends one minute at a time from the grant that expires next: slow, but obviously correct.
fn spend_by_minutes(grants: &[Grant], required: i64, now: Instant) -> Option<BTreeMap<GrantId, i64>> {
    let mut left: Vec<(Instant, GrantId, i64)> = grants
        .iter()
        .filter(|g| g.status == GrantStatus::Available && g.expiry_time > now)
        .map(|g| (g.expiry_time, g.id, g.remaining.0))
        .collect();
    let mut spent = BTreeMap::new();
    for _ in 0..required {
        let next = left
            .iter_mut()
            .filter(|(_, _, minutes)| *minutes > 0)
            .min_by_key(|(expiry, id, _)| (*expiry, *id))?;
        next.2 -= 1;
        *spent.entry(next.1).or_insert(0) += 1;
    }
    Some(spent)
}

proptest! {
    /// Covers R4.14.
    #[test]
    fn what_expires_soon_is_what_will_have_expired_by_then(grants in grants(), policy in policy(), days in 0..3_i64) {
        let (now, policy) = (at(NOW), logic::Policy { expiring_soon: Minutes(days + 1), ..policy });
        let then = now.plus(policy.expiring_soon);
        let left = available(&grants, then);
        prop_assert_eq!(expiring_soon(&grants, now, &policy).0, available(&grants, now).0 - left.0);
    }

    /// Covers R4.2.
    #[test]
    fn the_first_live_grant_is_the_first_to_be_spent(grants in grants()) {
        let spent = plan_compensation(&grants, Minutes(1), at(NOW));
        let first = spent.ok().and_then(|uses| uses.first().map(|taken| taken.compensation_id));
        prop_assert_eq!(live_grants(&grants, at(NOW)).first().map(|grant| grant.id), first);
    }

    /// Covers R4.1, R4.2, R4.3, R4.4, R4.5, R4.6.
    #[test]
    fn a_plan_spends_exactly_the_required_minutes_or_nothing(grants in grants(), required in -2..1_500_i64) {
        let now = at(NOW);
        let there_is = available(&grants, now);
        match plan_compensation(&grants, Minutes(required), now) {
            Ok(uses) => {
                prop_assert_eq!(uses.iter().map(|u| u.used.0).sum::<i64>(), required);
                let by_minutes = spend_by_minutes(&grants, required, now).expect("enough");
                let by_plan: BTreeMap<_, _> = uses.iter().map(|u| (u.compensation_id, u.used.0)).collect();
                prop_assert_eq!(by_plan.len(), uses.len(), "each grant is used once");
                prop_assert_eq!(by_plan, by_minutes);
                let mut keys = Vec::new();
                for u in &uses {
                    let grant = grants.iter().find(|g| g.id == u.compensation_id).expect("a grant given");
                    prop_assert!(grant.is_live(now));
                    prop_assert_eq!(u.used.0 + u.remaining.0, grant.remaining.0);
                    prop_assert_eq!(u.usage_type == UsageType::FullUse, u.remaining.0 == 0);
                    keys.push((grant.expiry_time, grant.id));
                }
                prop_assert!(keys.is_sorted());
                // Every grant but the last is spent to zero.
                let partial = uses.iter().position(|u| u.usage_type == UsageType::PartialUse);
                prop_assert!(partial.is_none_or(|i| i + 1 == uses.len()));
            }
            Err(refusal) if refusal.code == Code::InvalidDuration => {
                prop_assert!(!(1..=1440).contains(&required));
            }
            Err(refusal) => {
                prop_assert_eq!(refusal.code, Code::InsufficientCompensation);
                prop_assert!((1..=1440).contains(&required) && there_is.0 < required);
                let facts = Facts::Minutes { required: Minutes(required), available: there_is };
                prop_assert_eq!(refusal.facts, facts);
                prop_assert!(spend_by_minutes(&grants, required, now).is_none());
            }
        }
    }

    /// Covers R4.2.
    #[test]
    fn a_plan_does_not_depend_on_the_order_of_the_grants(grants in grants(), required in 1..300_i64) {
        let mut sorted = grants.clone();
        sorted.sort_by_key(|grant| grant.id);
        let plan = |grants: &[Grant]| plan_compensation(grants, Minutes(required), at(NOW));
        prop_assert_eq!(plan(&grants), plan(&sorted));
    }

    #[test]
    fn extreme_grants_do_not_overflow(minutes in proptest::collection::vec(any::<i64>(), 0..6)) {
        let grant = |(id, minutes): (i64, &i64)| Grant {
            id: GrantId(id),
            status: GrantStatus::Available,
            remaining: Minutes(*minutes),
            expiry_time: at(Instant::LIMIT_MS),
        };
        let grants: Vec<_> = (0..).zip(&minutes).map(grant).collect();
        if let Ok(uses) = plan_compensation(&grants, Minutes(60), at(NOW)) {
            prop_assert_eq!(uses.iter().map(|u| u.used.0).sum::<i64>(), 60);
        }
    }

    /// Covers R1.12, R3.6.
    #[test]
    fn a_grant_expires_its_validity_after_its_creation(policy in policy(), created in start()) {
        let expiry = expiry_of_grant(created, &policy);
        let grant = Grant { id: GrantId(1), status: GrantStatus::Available, remaining: Minutes(1), expiry_time: expiry };
        prop_assert_eq!(expiry.millis() - created.millis(), policy.compensation_validity.0 * 60_000);
        prop_assert!(grant.is_live(at(expiry.millis() - 1)) && !grant.is_live(expiry));
    }

    /// Covers R3.1, R3.2, R3.3, R3.4.
    #[test]
    fn a_duration_difference_is_owed_zero_or_free(original in -5..1_500_i64, makeup in -5..1_500_i64) {
        let valid = |minutes: i64| (1..=1440).contains(&minutes);
        match duration_difference(Minutes(original), Minutes(makeup)) {
            Ok(difference) => {
                prop_assert!(valid(original) && valid(makeup));
                prop_assert_eq!(makeup + difference.0, original);
                let back = duration_difference(Minutes(makeup), Minutes(original)).expect("valid both ways");
                prop_assert_eq!(back.0, -difference.0);
                let completion = match original.cmp(&makeup) {
                    std::cmp::Ordering::Greater => CompletionType::Partial,
                    std::cmp::Ordering::Equal => CompletionType::Full,
                    std::cmp::Ordering::Less => CompletionType::Extra,
                };
                prop_assert_eq!(CompletionType::of(difference), completion);
            }
            Err(code) => {
                prop_assert_eq!(code, Code::InvalidDuration);
                prop_assert!(!valid(original) || !valid(makeup));
            }
        }
    }
}
