//! `gym account`: the people who work at the gym, from the command line.

use std::process::Output;

use serde_json::{Value, json};
use sqlx::types::Json;
use test_support::TestApp;

use crate::serving::{gym, stdout};

fn account(app: &TestApp, args: &[&str]) -> Output {
    let mut command = gym(std::path::Path::new("/nonexistent"));
    command.env("DATABASE_URL", &app.database_url).arg("account").args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn the_first_owner_is_made_and_listed() {
    let app = TestApp::start().await;
    assert_eq!(stdout(&account(&app, &["list"])), "");
    let set = ["set-role", "--openid", "li", "--role", "owner", "--name", " 李馆主 "];
    let made = stdout(&account(&app, &set));
    let (id, role): (i64, String) = sqlx::query_as("SELECT id, role FROM account WHERE openid = 'li'")
        .fetch_one(&app.app.pool)
        .await
        .unwrap();
    assert_eq!((made, role.as_str()), (format!("account {id} is owner now"), "owner"));
    let accounts = json!({"accounts": [
        {"id": 1, "openid": "ma", "role": "member"}, {"id": 2, "openid": "wu", "role": "coach"},
        {"id": 3, "openid": "cron", "role": "service"},
    ]});
    app.load(&accounts).await.unwrap();
    let everybody = stdout(&account(&app, &["list"]));
    assert_eq!(everybody, format!("{id}\towner\t李馆主\n2\tcoach\t-\n3\tservice\t-"), "but members");
    assert_eq!(stdout(&account(&app, &["list", "--role", "member"])), "1\tmember\t-");
    // Whose number is known is not made anew, and keeps its name.
    assert_eq!(
        stdout(&account(&app, &["set-role", "--id", "2", "--role", "staff", "--name", "吴"])),
        "account 2 is staff now"
    );
    stdout(&account(&app, &["set-role", "--openid", "wu", "--role", "coach"]));
    assert_eq!(stdout(&account(&app, &["list", "--role", "coach"])), "2\tcoach\t吴");
    let acts: Vec<(i64, String, String, Json<Value>)> = sqlx::query_as(
        "SELECT account_id, action, subject, JSON_ARRAY(before_detail, detail) FROM audit ORDER BY id",
    )
    .fetch_all(&app.app.pool)
    .await
    .unwrap();
    assert!(acts.iter().all(|act| (act.0, act.1.as_str()) == (0, "account.role")), "{acts:?}");
    let to = |role: &str, name: Value| json!({"role": role, "name": name});
    let acts: Vec<_> = acts.into_iter().map(|act| (act.2, act.3.0)).collect();
    assert_eq!(
        acts,
        [
            (format!("account/{id}"), json!([to("member", Value::Null), to("owner", json!("李馆主"))])),
            ("account/2".to_owned(), json!([to("coach", Value::Null), to("staff", json!("吴"))])),
            ("account/2".to_owned(), json!([to("staff", json!("吴")), to("coach", json!("吴"))])),
        ]
    );
}

/// R7.5.
#[tokio::test]
async fn the_last_owner_is_taken_by_force_alone() {
    let app = TestApp::start().await;
    app.load(&json!({"accounts": [
        {"id": 1, "openid": "li", "role": "owner"}, {"id": 2, "openid": "wu", "role": "owner"},
    ]}))
    .await
    .unwrap();
    let demote = |id: &str, more: &[&str]| {
        account(&app, &[&["set-role", "--id", id, "--role", "member"], more].concat())
    };
    stdout(&demote("1", &[]));
    let refused = said(&demote("2", &[]));
    assert!(refused.contains("account 2 is the last owner"), "{refused}");
    assert_eq!(stdout(&account(&app, &["list", "--role", "owner"])), "2\towner\t-");
    assert_eq!(stdout(&demote("2", &["--force"])), "account 2 is member now");
    assert_eq!(stdout(&account(&app, &["list", "--role", "owner"])), "");
    assert_eq!(app.count("SELECT COUNT(*) FROM audit").await, 2, "what was refused is not recorded");
}

#[tokio::test]
async fn the_command_says_what_is_wrong() {
    let app = TestApp::start().await;
    for (args, wanted) in [
        (&["set-role", "--id", "9", "--role", "coach"][..], "there is no account 9"),
        (&["set-role", "--id", "0", "--role", "coach"], "--id"),
        (&["set-role", "--role", "coach"], "--openid"),
        (&["set-role", "--id", "1", "--openid", "x", "--role", "coach"], "cannot be used with"),
        (&["set-role", "--openid", "x"], "--role"),
        (&["set-role", "--openid", "x", "--role", "king"], "must be member, coach, staff, owner or service"),
        (&["set-role", "--openid", "x", "--role", "coach", "--name", " "], "name"),
        (&["set-role", "--openid", "", "--role", "coach"], "an openid is 1 to 128 bytes of text"),
        (&["list", "--role", "king"], "must be member, coach, staff, owner or service"),
    ] {
        let said = said(&account(&app, args));
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
    assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0, "nothing is made");
}
