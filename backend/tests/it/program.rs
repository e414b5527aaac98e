//! The program `gym`: its private database, its commands and its shutdown.

use std::path::Path;

use private_database::Kind;
use serde_json::json;
use test_support::new_database;

use crate::serving::{Serving, get_json, gym, run, stdout};

fn server_pid(var: &Path) -> String {
    std::fs::read_to_string(var.join("db/pid")).unwrap().trim().to_owned()
}

/// Returns whether a process runs. A zombie has no command line.
fn is_alive(pid: &str) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|command| !command.is_empty())
}

#[tokio::test]
async fn one_private_database_serves_all_commands_and_ends_with_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    // Longer than the limit for the path of a socket.
    let var = dir.path().join("v".repeat(120)).join("var");
    let file = dir.path().join("world.json");
    std::fs::write(&file, json!({"accounts": [{"id": 1, "openid": "ma", "role": "member"}]}).to_string())
        .unwrap();

    let mut serving = Serving::start(&var, &["--dev-clock"]);
    let pid = server_pid(&var);
    let loaded = stdout(&run(&var, &["fixtures", "load", file.to_str().unwrap()]));
    assert_eq!(loaded, "loaded 0 courses, 0 schedules, 1 accounts, 0 profiles, 0 bookings");
    assert_eq!(server_pid(&var), pid, "the command used the server that runs");
    assert!(is_alive(&pid), "and left it running");

    let token = stdout(&run(&var, &["token", "--account", "1", "--role", "member", "--ttl", "60"]));
    assert_eq!(token.split('.').count(), 3, "{token}");
    let doctor = stdout(&run(&var, &["doctor", "--dev-clock"]));
    assert!(doctor.contains("dev clock stands at") && !doctor.contains("TROUBLE"), "{doctor}");
    assert!(stdout(&run(&var, &["sweep", "--once"])).starts_with('{'));

    serving.signal("-TERM");
    let (status, log) = serving.wait();
    assert!(status.success(), "{log}");
    assert!(!is_alive(&pid), "the server stopped with its program");
    assert!(!var.join("db/url").exists());
    assert!(!log.contains(&token), "no token in the log");
}

#[tokio::test]
async fn a_database_left_by_a_killed_program_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Serving::start(dir.path(), &["--dev-clock"]);
    let (pid, stood) = (server_pid(dir.path()), first.now().await);
    first.signal("-KILL");
    first.wait();
    assert!(is_alive(&pid));

    let mut second = Serving::start(dir.path(), &["--dev-clock"]);
    assert_eq!(server_pid(dir.path()), pid, "the same server");
    assert!(second.now().await.as_str() >= stood.as_str(), "and the clock did not go back");
    second.signal("-INT");
    let (status, log) = second.wait();
    assert!(status.success(), "{log}");
    assert!(!is_alive(&pid), "taken over, and stopped in the end");
}

#[tokio::test]
async fn a_private_database_stays_with_the_server_that_made_it() {
    let kinds = test_support::kinds().await;
    let dir = tempfile::tempdir().unwrap();
    for kind in &kinds {
        let var = dir.path().join(kind.word());
        let doctor = |choice: &str| gym(&var).env("GYM_DATABASE", choice).arg("doctor").output().unwrap();
        let migrate = gym(&var).env("GYM_DATABASE", kind.word()).arg("migrate").output().unwrap();
        stdout(&migrate);
        assert!(var.join("db").join(kind.word()).is_dir());
        let said = stdout(&doctor("auto"));
        assert!(
            said.contains(&format!("database: {kind} ")),
            "the data decides, and doctor names the server: {said}"
        );
        assert!(said.contains("ok       server defaults"), "{said}");
    }
    let [first, second] = kinds[..] else { return };
    let data = |of: Kind, name: &str| dir.path().join(of.word()).join("db").join(name);
    // A directory that the other server made, under this one's name.
    std::fs::rename(data(second, second.word()), data(second, first.word())).unwrap();
    let var = dir.path().join(second.word());
    let output = gym(&var).env("GYM_DATABASE", first.word()).arg("migrate").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&format!("was made by {second}")), "{said}");
    // Where earlier versions kept it.
    std::fs::rename(data(second, first.word()), data(second, "data")).unwrap();
    let output = gym(&var).env("GYM_DATABASE", "auto").arg("doctor").output().unwrap();
    assert!(stdout(&output).contains(&format!("database: {second} ")));
    assert!(data(second, second.word()).is_dir());
    // Data of both: which one is meant is not guessed.
    std::fs::create_dir(data(second, first.word())).unwrap();
    let output = gym(&var).env("GYM_DATABASE", "auto").arg("migrate").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("GYM_DATABASE=mysql"), "{said}");
}

#[tokio::test]
async fn without_the_dev_clock_its_paths_are_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(dir.path(), &[]);
    let answer = get_json(&format!("{}/api/v1/dev/messages", serving.base)).await;
    assert_eq!(answer["code"], "not_found");
    serving.signal("-TERM");
    assert!(serving.wait().0.success());
}

#[tokio::test]
async fn a_long_life_of_a_token_is_cut_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let url = new_database().await;
    let ask = |ttl: &str| {
        let args = ["token", "--account", "1", "--role", "service", "--ttl", ttl];
        gym(dir.path()).env("DATABASE_URL", &url).args(args).output().unwrap()
    };
    for (ttl, cut) in [("60", false), ("86340", false), ("86400", true), ("4000000000", true)] {
        let output = ask(ttl);
        assert_eq!(stdout(&output).split('.').count(), 3);
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("86340"), cut, "{ttl}");
    }
    assert!(!ask("0").status.success());
}

#[tokio::test]
async fn why_a_database_cannot_be_used_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let url = test_support::new_database().await;
    let (_, at) = url.split_once('@').unwrap();
    let refused = format!("mysql://nobody:wrong@{}", at.replace("ssl-mode=disabled", "ssl-mode=preferred"));
    let output = gym(dir.path()).env("DATABASE_URL", refused).arg("migrate").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("Access denied").count(), 1, "{said}");
}

/// As editors of other systems write them.
#[test]
fn a_settings_file_may_have_a_byte_order_mark_and_another_encoding_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.json");
    let template = r#"{"spot_available": {"id": "T1", "fields": {"course": "thing1"}}}"#;
    for (variable, text) in [("GYM_POLICY", r#"{"decision_window": 20}"#), ("GYM_TEMPLATES", template)] {
        let ask = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            let output =
                gym(dir.path()).env(variable, &file).env("DATABASE_URL", "none").arg("doctor").output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        let marked = ask(&[b"\xEF\xBB\xBF", text.as_bytes()].concat());
        assert!(!marked.contains(&format!("{variable}: ")), "{marked}");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let said = ask(&utf16);
        assert!(said.contains(&format!("{variable}: ")) && said.contains("looks like UTF-16"), "{said}");
    }
}

#[test]
fn wrong_settings_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy.json");
    for (text, wanted) in [
        ("{", "not JSON"),
        (r#"{"decision": 1}"#, "decision"),
        (r#"{"last_notification_lead": 389}"#, "last_notification_lead"),
    ] {
        std::fs::write(&policy, text).unwrap();
        let output = gym(dir.path()).env("GYM_POLICY", &policy).arg("doctor").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && said.contains(wanted) && said.contains("policy.json"), "{said}");
    }
    let output = gym(dir.path()).env("GYM_TIME_ZONE", "Mars/Olympus").arg("migrate").output().unwrap();
    assert!(!output.status.success());
    for url in ["nonsense", "", "postgres://gym:gym@127.0.0.1/gym"] {
        let output = gym(dir.path()).env("DATABASE_URL", url).arg("migrate").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("DATABASE_URL is not"), "{url}");
    }
    assert!(!run(dir.path(), &["token", "--account", "0", "--role", "member"]).status.success());
    assert!(!run(dir.path(), &["token", "--account", "1", "--role", "boss"]).status.success());
}
