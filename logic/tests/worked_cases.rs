//! The worked cases of every rule function, run natively.

use std::collections::BTreeMap;

use logic::{Code, calls};
use serde_json::Value;

const CASES: &str = include_str!("../../tests/vectors/rules.jsonl");

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

#[test]
fn every_worked_case_holds() {
    let mut counts = BTreeMap::<String, u32>::new();
    let mut wrong = Vec::new();
    for (number, line) in CASES.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["fn"].as_str().unwrap();
        let expected = &case["expect"];
        let answer = calls::call(name, case["args"].as_array().unwrap());
        let holds = match (&answer, expected.get("throws")) {
            (Ok(value), None) => same(value, expected),
            (Err(refusal), Some(throws)) => {
                refusal.code == Code::InvalidRequest && throws == refusal.code.as_str()
            }
            _ => false,
        };
        if !holds {
            wrong.push(format!("line {}: {line}\n  answered {answer:?}", number + 1));
        }
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{} cases do not hold:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(counts.values().sum::<u32>(), 1023);
}
