//! The policy (RULES §1).

use crate::any::policy;
use logic::policy::{FieldCase, PolicyPatch, QuietHours};
use logic::value::{Value, ValueRef};
use logic::{Code, Minutes, Policy};
use proptest::prelude::*;
use serde_json::json;

fn read(json: &serde_json::Value, case: FieldCase) -> Result<Policy, logic::Refusal> {
    let value = Value::from(json);
    PolicyPatch::read(&ValueRef::root("policy", &value), case)?.apply(Policy::default())
}

proptest! {
    /// Covers R1.15.
    #[test]
    fn a_policy_that_is_written_reads_back(policy in policy()) {
        prop_assert!(policy.check().is_ok());
        for case in [FieldCase::Snake, FieldCase::Camel] {
            let json = serde_json::Value::from(policy.view(case));
            prop_assert_eq!(read(&json, case), Ok(policy.clone()));
        }
        prop_assert_eq!(Policy::from_json(&policy.to_json()), Ok(policy));
    }

    /// Covers R1.15.
    #[test]
    fn a_policy_is_accepted_unless_an_offer_would_end_inside_the_hard_stop(
        within in 1..1_000_i64, window in 1..1_000_i64, off in -3..=3_i64,
    ) {
        let policy = Policy {
            no_notification_within: Minutes(within),
            decision_window: Minutes(window),
            last_notification_lead: Minutes((within + window + off).max(1)),
            ..Policy::default()
        };
        match policy.check() {
            Ok(()) => prop_assert!(policy.last_notification_lead.0 >= within + window),
            Err(refusal) => {
                prop_assert!(off < 0);
                prop_assert_eq!(refusal.code, Code::InvalidPolicy);
                prop_assert!(refusal.to_string().contains("last_notification_lead"));
            }
        }
    }
}

/// Covers R1.16.
#[test]
fn a_wrong_field_is_named() {
    let view = serde_json::Value::from(Policy::default().view(FieldCase::Snake));
    let numbers = view.as_object().unwrap().iter().filter(|(_, value)| value.is_number());
    let mut checked = 0;
    for (name, _) in numbers {
        for wrong in [0_i64, -1, 9_007_199_254_740_991] {
            let refusal = read(&json!({ name: wrong }), FieldCase::Snake).unwrap_err();
            assert!(refusal.to_string().contains(name.as_str()), "{name}: {refusal}");
        }
        for wrong in [json!("60"), json!(true), json!(1.5), json!([1]), json!({})] {
            let refusal = read(&json!({ name: wrong }), FieldCase::Snake).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidRequest);
            assert!(refusal.to_string().contains(name.as_str()), "{name}: {refusal}");
        }
        checked += 1;
    }
    assert_eq!(checked, 14);
}

/// Covers R1.16, R1.20, R2.89.
#[test]
fn every_number_has_a_largest_value() {
    for (name, largest) in [
        ("last_notification_lead", 5_270_400),
        ("makeup_validity_days", 3_660),
        ("queue_capacity", 10_000),
        ("active_waitlists_per_profile", 10_000),
        ("booking_horizon_days", 366),
        ("live_bookings_per_profile", 1_000),
    ] {
        let with = |number: i64| read(&json!({ name: number }), FieldCase::Snake);
        assert!(with(largest).is_ok(), "{name}: {largest}");
        let refusal = with(largest + 1).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidPolicy, "{name}");
        assert!(refusal.to_string().contains(&format!("{name} must be 1 to {largest}")), "{refusal}");
    }
}

#[test]
fn each_case_accepts_only_its_own_field_names() {
    let cases = [
        (json!({"lastNotificationLead": 420}), FieldCase::Snake, "lastNotificationLead"),
        (json!({"last_notification_lead": 420}), FieldCase::Camel, "last_notification_lead"),
        (json!({"makeup_validity": 7}), FieldCase::Snake, "makeup_validity"),
        (json!({"quiet_hours": {"from": 1, "until": 2}}), FieldCase::Snake, "until"),
    ];
    for (patch, case, unknown) in cases {
        let refusal = read(&patch, case).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidRequest);
        assert!(refusal.to_string().contains(&format!("unknown field `{unknown}`")), "{refusal}");
    }
}

#[test]
fn a_patch_changes_only_its_own_fields() {
    let base = Policy::default();
    let patched = read(&json!({"makeupValidityDays": 30, "decisionWindow": null}), FieldCase::Camel).unwrap();
    assert_eq!(patched, Policy { makeup_validity: Minutes::days(30), ..base.clone() });
    assert_eq!(read(&json!({}), FieldCase::Camel), Ok(base.clone()));
    let night = Policy { quiet_hours: Some(QuietHours { from: 1320, to: 480 }), ..base.clone() };
    assert_eq!(read(&json!({"quiet_hours": {"from": 1320, "to": 480}}), FieldCase::Snake), Ok(night.clone()));
    let none = Value::from(&json!({"quiet_hours": null}));
    let patch = PolicyPatch::read(&ValueRef::root("policy", &none), FieldCase::Snake).unwrap();
    assert_eq!(patch.apply(night), Ok(base));
}

/// Covers R1.14, R1.17.
#[test]
fn quiet_hours_must_be_a_span_of_the_day() {
    for (from, to) in [(0, 0), (480, 480), (1440, 480), (0, 1440)] {
        let refusal = read(&json!({"quiet_hours": {"from": from, "to": to}}), FieldCase::Snake).unwrap_err();
        assert_eq!(refusal.code, Code::InvalidPolicy);
        assert!(refusal.to_string().contains("quiet_hours"));
    }
    assert!(Policy { makeup_validity: Minutes(100), ..Policy::default() }.check().is_err());
}
