//! Every worked case of the rules, over HTTP. The crate `logic`, the WASM package and the edge run the same file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use contract::shapes::{RuleCall, RuleValue};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use tests::Plan;

const CASES: &str = include_str!("../vectors/rules.jsonl");

/// Compares as JavaScript does: `0` and `0.0` are equal.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[tokio::test]
async fn every_worked_case_holds_over_http() {
    let world = Plan::new().await.load().await;
    let mut counts = BTreeMap::<String, u32>::new();
    let mut wrong = Vec::new();
    for (number, line) in CASES.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["fn"].as_str().unwrap();
        let args = RuleCall { args: case["args"].as_array().unwrap().clone() };
        let answer = world.anyone.json(Method::POST, &format!("/rules/{name}"), &args).await;
        let holds = match case["expect"].get("throws") {
            Some(throws) => {
                let problem = answer.problem();
                problem.status == 400 && *throws == Value::String(problem.code)
            }
            None => {
                answer.status == 200 && same(&answer.read::<RuleValue>(200).unwrap().value, &case["expect"])
            }
        };
        if !holds {
            wrong.push(format!("line {}: {line}\n  answered {} {}", number + 1, answer.status, answer.body));
        }
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{} cases do not hold:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(counts.values().sum::<u32>(), 1023, "{counts:?}");
    let without_cases =
        logic::calls::FUNCTIONS.iter().map(|f| f.name).filter(|name| !counts.contains_key(*name));
    assert_eq!(
        without_cases.collect::<Vec<_>>(),
        ["defaultPolicy", "version"],
        "functions without worked cases have a test of their own"
    );
}

#[tokio::test]
async fn the_functions_without_arguments_answer() {
    let world = Plan::new().await.load().await;
    let call = async |name: &str| {
        let answer =
            world.anyone.json(Method::POST, &format!("/rules/{name}"), &RuleCall { args: Vec::new() }).await;
        answer.read::<RuleValue>(200).unwrap().value
    };
    let policy = call("defaultPolicy").await;
    assert_eq!(
        (&policy["lastNotificationLead"], &policy["decisionWindow"]),
        (&390.into(), &30.into()),
        "{policy}"
    );
    assert!(call("version").await.as_str().is_some_and(|version| !version.is_empty()));
}

#[tokio::test]
async fn an_unknown_function_is_not_found() {
    let world = Plan::new().await.load().await;
    let answer = world.anyone.json(Method::POST, "/rules/guess", &RuleCall { args: Vec::new() }).await;
    assert_eq!((answer.problem().status, answer.problem().code.as_str()), (404, "not_found"));
}
