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

/// Covers R1.21, R1.22.
#[tokio::test]
async fn a_rolling_restart_with_two_files_answers_alike_and_moves_nothing() {
    let url = new_database().await;
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let serve = |program: usize, minutes: i64| {
        let mut command = over(&url, dirs[program].path(), &json!({ "decision_window": minutes }));
        Serving::spawn(command.env("GYM_JWT_KEY", dirs[0].path().join("key")).args(["serve", "--dev-clock"]))
    };
    let world = dirs[0].path().join("world.json");
    let slot = json!({"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 9});
    let file = json!({
        "courses": [{"id": 1, "name": "体操入门", "category": "gym", "duration_minutes": 60}],
        "schedules": [slot], "accounts": [{"id": 1, "openid": "boss", "role": "owner"}],
        "profiles": [{"id": 11, "account_id": 1, "name": "小满"}],
    });
    std::fs::write(&world, file.to_string()).unwrap();
    let load = over(&url, dirs[0].path(), &json!({ "decision_window": 20 }))
        .args(["fixtures", "load"])
        .arg(&world)
        .output();
    stdout(&load.unwrap());
    let first = serve(0, 20);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |base: &str, token: Option<&str>, path: &str, body: Option<Value>| -> Value {
        let request = match &body {
            Some(body) => client.post(format!("{base}/api/v1{path}")).json(body),
            None => client.get(format!("{base}/api/v1{path}")),
        };
        let request = request.bearer_auth(token.unwrap_or("none"));
        request.send().await.unwrap().json().await.unwrap()
    };
    let clock = format!("{}/api/v1/dev/clock", first.base);
    client.put(clock).json(&json!({"now": "2030-03-04T00:00:00.000Z"})).send().await.unwrap();
    let mut programs = [first, serve(1, 25)];
    let login = send(&programs[0].base, None, "/auth/login", Some(json!({"code": "dev:boss"}))).await;
    let token = login["token"].as_str();
    let book = json!({"profile_id": 11, "course_schedule_id": 1, "booking_date": "2030-03-11"});
    send(&programs[0].base, token, "/bookings", Some(book)).await;
    let next = json!({"effective_from": "2030-03-10T00:00:00.000Z", "policy": {"decision_window": 10}});
    let set = send(&programs[1].base, token, "/policies", Some(next)).await;
    assert_eq!((&set["id"], &set["older"]), (&json!(2), &json!(1)), "{set}");
    let reads = ["/policy", "/policies/1", "/policies/2", "/sessions/1/2030-03-11", "/sessions/1/2030-03-18"];
    let mut said = Vec::new();
    for path in reads {
        said.push(send(&programs[0].base, token, path, None).await);
    }
    assert_eq!((&said[0]["decision_window"], &said[0]["next"]["id"]), (&json!(20), &json!(2)));
    let version = |class: &Value| (class["policy_id"].clone(), class["policy_fixed"].clone());
    assert_eq!(version(&said[3]), (json!(1), json!(true)));
    assert_eq!(version(&said[4]), (json!(2), json!(false)));
    for restarted in [None, Some(0), Some(1)] {
        if let Some(program) = restarted {
            programs[program].signal("-TERM");
            programs[program].wait();
            programs[program] = serve(program, 15);
        }
        for (path, said) in reads.iter().zip(&said) {
            for program in &programs {
                assert_eq!(send(&program.base, token, path, None).await, *said, "{path}");
            }
        }
    }
}
