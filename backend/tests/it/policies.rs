//! The policy is kept by the database: the file of the first program becomes version 1, and every program answers by it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use test_support::new_database;

use crate::serving::{Serving, get_json, gym, stdout};

fn over(url: &str, dir: &Path, policy: &Value) -> Command {
    let file = dir.join("policy.json");
    std::fs::write(&file, policy.to_string()).unwrap();
    let mut command = gym(dir);
    command.env("DATABASE_URL", url).env("GYM_POLICY", file);
    command
}

/// Covers R1.21.
#[tokio::test]
async fn two_programs_with_two_policy_files_answer_alike() {
    let url = new_database().await;
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let said = |minutes: i64| json!({ "decision_window": minutes });
    let doctor = stdout(&over(&url, dirs[0].path(), &said(20)).arg("doctor").output().unwrap());
    assert!(doctor.contains("stored policy: made on the first start"), "{doctor}");

    let first = Serving::spawn(over(&url, dirs[0].path(), &said(20)).args(["serve", "--dev-clock"]));
    let (second, log) =
        Serving::spawn_and_log(over(&url, dirs[1].path(), &said(25)).args(["serve", "--dev-clock"]));
    for serving in [&first, &second] {
        let policy = get_json(&format!("{}/api/v1/policy", serving.base)).await;
        assert_eq!(policy["decision_window"], 20);
    }
    let warned = |line: &Value| line.to_string().contains("decision_window") && line["level"] == "WARN";
    assert!(log.iter().any(warned), "{log:?}");
    let doctor =
        stdout(&over(&url, dirs[1].path(), &said(25)).args(["doctor", "--dev-clock"]).output().unwrap());
    assert!(doctor.contains("differs from the settings in decision_window"), "{doctor}");
}

#[tokio::test]
async fn a_version_that_a_newer_program_stored_is_refused_at_the_start() {
    let url = new_database().await;
    let dir = tempfile::tempdir().unwrap();
    stdout(&over(&url, dir.path(), &json!({})).args(["sweep", "--once"]).output().unwrap());
    let mut conn = MySqlConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE policy_version SET policy = JSON_SET(policy, '$.a_newer_field', 1)")
        .execute(&mut conn)
        .await
        .unwrap();
    for command in [["sweep", "--once"], ["serve", "--dev-clock"]] {
        let output = over(&url, dir.path(), &json!({})).args(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("version 1"), "{said}");
        assert!(said.contains("a_newer_field"), "{said}");
    }
}
