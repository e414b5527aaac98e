//! Accounts and their roles: who may give them, and how power ends.

use logic::status::Role;
use serde_json::{Value, json};
use test_support::TestApp;

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.load(&world("member")).await.unwrap();
    app
}

/// Account 1 has this role, 2 and 3 are owners, 4 is a machine.
fn world(role: &str) -> Value {
    json!({"accounts": [
        {"id": 1, "openid": "ma", "role": role},
        {"id": 2, "openid": "li", "role": "owner"},
        {"id": 3, "openid": "wu", "role": "owner"},
        {"id": 4, "openid": "cron", "role": "service"},
    ]})
}

fn role(id: i64) -> String {
    format!("/api/v1/accounts/{id}/role")
}

#[tokio::test]
async fn an_owner_makes_a_coach_who_logs_in_again_and_loses_it_at_once() {
    let app = app().await;
    let (owner, member) = (app.token(2, Role::Owner), app.token(1, Role::Member));
    let given = json!({"role": "coach", "name": " 王教练 "});
    let answer = app.put(&role(1), Some(&owner), given.clone()).await.expect(200);
    assert_eq!(answer.body, json!({"account_id": 1, "name": "王教练", "role": "coach"}));
    // The old token is of another role.
    app.get("/api/v1/profiles", Some(&member)).await.expect(401);
    let login = app.post("/api/v1/auth/login", None, json!({"code": "dev:ma"})).await.expect(200).body;
    assert_eq!((&login["role"], &login["name"]), (&json!("coach"), &json!("王教练")));
    let coach = login["token"].as_str().unwrap();
    let attend = ("/api/v1/bookings/99/attendance", json!({"status": "absent"}));
    app.post(attend.0, Some(coach), attend.1.clone()).await.expect(404);
    // Again the same: nothing is recorded twice.
    app.put(&role(1), Some(&owner), given).await.expect(200);
    app.put(&role(1), Some(&owner), json!({"role": "member"})).await.expect(200);
    app.post(attend.0, Some(coach), attend.1).await.expect(401);
    let acts: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT account_id, JSON_UNQUOTE(JSON_EXTRACT(before_detail, '$.role')), \
         JSON_UNQUOTE(JSON_EXTRACT(detail, '$.role')) FROM audit ORDER BY id",
    )
    .fetch_all(&app.app.pool)
    .await
    .unwrap();
    let acts: Vec<_> = acts.iter().map(|(by, from, to)| (*by, from.as_str(), to.as_str())).collect();
    assert_eq!(acts, [(2, "member", "coach"), (2, "coach", "member")]);
}

#[tokio::test]
async fn nobody_changes_their_own_role_and_a_machine_stays_one() {
    let app = app().await;
    let owner = app.token(2, Role::Owner);
    for (id, ask, status, code) in [
        (2, json!({"role": "member"}), 409, "conflict"),
        (4, json!({"role": "staff"}), 409, "conflict"),
        (99, json!({"role": "staff"}), 404, "not_found"),
        (1, json!({"role": "service"}), 400, "invalid_request"),
        (1, json!({"role": "king"}), 400, "invalid_request"),
        (1, json!({"role": "coach", "name": " "}), 400, "invalid_request"),
        (1, json!({"role": "coach", "name": "王".repeat(101)}), 400, "invalid_request"),
        (1, json!({"role": "coach", "name": "\u{200B}"}), 400, "invalid_request"),
        (1, json!({"role": "coach", "name": "\u{202E}王"}), 400, "invalid_request"),
    ] {
        let answer = app.put(&role(id), Some(&owner), ask.clone()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "R7.5: {id} {ask}");
    }
}

#[tokio::test]
async fn two_owners_who_demote_each_other_leave_one() {
    let app = app().await;
    let demote = async |by, whom| {
        app.put(&role(whom), Some(&app.token(by, Role::Owner)), json!({"role": "member"})).await
    };
    let (one, other) = tokio::join!(demote(2, 3), demote(3, 2));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    // The later one was an owner when it asked, or is none any more.
    assert!(statuses == [200, 409] || statuses == [200, 401], "R7.5: {} {}", one.text, other.text);
    assert!([&one, &other].iter().any(|answer| answer.status != 409 || answer.code() == "last_owner"));
    let owners: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE role = 'owner'")
        .fetch_one(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(owners, 1, "R7.5");
}

#[tokio::test]
async fn accounts_are_found_by_number_by_name_and_by_role() {
    let app = app().await;
    let owner = app.token(2, Role::Owner);
    for (id, name) in [(1, "Wang_1"), (3, "wang%2")] {
        let ask = json!({"role": if id == 1 { "coach" } else { "owner" }, "name": name});
        app.put(&role(id), Some(&owner), ask).await.expect(200);
    }
    for (query, expected) in [
        ("", vec![1, 2, 3, 4]),
        ("?role=owner", vec![2, 3]),
        ("?q=WANG", vec![1, 3]),
        ("?q=wang_", vec![1]),
        ("?q=wang%25", vec![3]),
        ("?q=ang", vec![]),
        ("?q=4", vec![4]),
        ("?q=wang&role=coach", vec![1]),
    ] {
        let body = app.get(&format!("/api/v1/accounts{query}"), Some(&owner)).await.expect(200).body;
        let found: Vec<_> =
            body["items"].as_array().unwrap().iter().map(|row| row["account_id"].as_i64().unwrap()).collect();
        assert_eq!(found, expected, "{query}");
    }
    let first = app.get("/api/v1/accounts?limit=3", Some(&owner)).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = app.get(&format!("/api/v1/accounts?cursor={cursor}"), Some(&owner)).await.expect(200).body;
    assert_eq!(rest["items"][0]["account_id"], 4);
    for query in ["?q=", "?q=%20", "?role=king"] {
        app.get(&format!("/api/v1/accounts{query}"), Some(&owner)).await.expect(400);
    }
}

#[tokio::test]
async fn a_role_that_an_owner_gave_outlives_a_file() {
    let app = app().await;
    let owner = app.token(2, Role::Owner);
    app.load(&world("coach")).await.unwrap();
    app.post("/api/v1/auth/login", None, json!({"code": "dev:ma"})).await.expect(200);
    app.put(&role(1), Some(&owner), json!({"role": "staff"})).await.expect(200);
    app.load(&world("coach")).await.unwrap();
    let body = app.get("/api/v1/accounts?q=1", Some(&owner)).await.expect(200).body;
    assert_eq!(body["items"][0]["role"], "staff");
}
