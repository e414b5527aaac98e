//! The rule functions: malformed input is refused with its path, and no input panics.

use logic::calls::{FUNCTIONS, answer, call};
use logic::policy::FieldCase;
use logic::value::Value;
use logic::{Code, Policy};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn arbitrary_json() -> impl Strategy<Value = Json> {
    let names = [
        "start",
        "now",
        "lastNotifiedAt",
        "deadline",
        "id",
        "remainingMinutes",
        "expiryTime",
        "status",
        "utcOffsetMinutes",
        "quietHours",
        "from",
        "decisionWindow",
        "freeSeats",
        "queueLength",
        "madeUp",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (0..3_000_000_000_000_i64).prop_map(Json::from),
        ".{0,4}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::hash_map(proptest::sample::select(names.to_vec()), inner, 0..5)
                .prop_map(|fields| fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_arguments_get_an_answer_or_a_named_refusal(
        function in proptest::sample::select(FUNCTIONS),
        args in proptest::collection::vec(arbitrary_json(), 0..4),
    ) {
        if let Err(refusal) = call(function.name, &args) {
            prop_assert_eq!(refusal.code, Code::InvalidRequest);
            let words = refusal.to_string();
            let named = function.arguments.iter().any(|argument| words.starts_with(argument));
            prop_assert!(named || words.starts_with(function.name), "{}", words);
        }
    }

    #[test]
    fn a_value_converted_to_json_and_back_is_unchanged(json in arbitrary_json()) {
        let value = Value::from(&json);
        prop_assert_eq!(Value::from(&Json::from(value.clone())), value);
    }
}

fn refused(name: &str, args: Json) -> String {
    let refusal = call(name, args.as_array().unwrap()).unwrap_err();
    assert_eq!(refusal.code, Code::InvalidRequest);
    refusal.to_string()
}

#[test]
fn malformed_input_is_refused_with_its_path() {
    let grant = json!({"id": 1, "remainingMinutes": 10, "expiryTime": 5, "status": "gone"});
    let cases = [
        (refused("countdown", json!([null, 1])), "now: missing"),
        (refused("countdown", json!([0.5, 1])), "now: a whole number"),
        (refused("countdown", json!([8_640_000_000_000_001_i64, 1])), "now: an instant"),
        (refused("countdown", json!([1, 2, 3])), "countdown takes 2 arguments, not 3"),
        (refused("mayNotify", json!([{"now": 1}])), "facts.start: missing"),
        (
            refused("mayNotify", json!([{"start": 1, "now": true}])),
            "facts.now: a number is needed, not a boolean",
        ),
        (refused("mayNotify", json!([{"start": 1, "now": 1, "x": 1}])), "facts: unknown field `x`"),
        (refused("mayNotify", json!([7])), "facts: an object is needed, not a number"),
        (refused("planCompensation", json!([[grant], 1, 1])), "grants[0].status: not a status of a grant"),
        (refused("planCompensation", json!([[{"id": 1}], 1, 1])), "grants[0].remainingMinutes: missing"),
        (refused("promotionChance", json!([-1, 1])), "rank: a whole number from 0"),
        (refused("promotionChance", json!([1, -0.5])), "expectedReleases: "),
        (refused("waitlistTimes", json!([1, {"decisionWindow": 0}])), "policy: decisionWindow must be"),
        (
            refused("waitlistTimes", json!([1, {"lastNotificationLead": 1}])),
            "policy: lastNotificationLead must be",
        ),
        (refused("waitlistTimes", json!([1, {"quietHours": {"from": 1}}])), "policy.quietHours.to: missing"),
    ];
    for (message, start) in cases {
        assert!(message.starts_with(start), "`{message}` should start with `{start}`");
    }
    assert_eq!(call("noSuchRule", &[]).unwrap_err().code, Code::NotFound);
}

#[test]
fn null_counts_as_left_out() {
    let short = call("phase", &[json!(100), json!(1)]);
    assert_eq!(short, call("phase", &[json!(100), json!(1), Json::Null]));
    let facts = json!({"start": 100, "now": 1, "lastNotifiedAt": null});
    assert_eq!(call("mayNotify", &[facts]), call("mayNotify", &[json!({"start": 100, "now": 1})]));
    assert_eq!(call("durationDifference", &[json!(60.0), json!(45)]).unwrap()["difference"], json!(15));
}

#[test]
fn the_default_policy_can_be_passed_as_a_policy() {
    let policy = call("defaultPolicy", &[]).unwrap();
    assert_eq!(policy, Json::from(Policy::default().view(FieldCase::Camel)));
    assert_eq!(policy["lastNotificationLead"], json!(390));
    assert_eq!(call("phase", &[json!(100), json!(1), policy]), call("phase", &[json!(100), json!(1)]));
    assert_eq!(call("version", &[]).unwrap(), json!(env!("CARGO_PKG_VERSION")));
}

#[test]
fn only_finite_numbers_are_read_as_numbers() {
    for wrong in [Value::Number(f64::NAN), Value::Number(f64::INFINITY), Value::Bool(true), Value::from("1")]
    {
        let refusal = answer("countdown", &[wrong, Value::Number(1.0)]).unwrap_err();
        assert!(refusal.to_string().starts_with("now: "));
    }
}
