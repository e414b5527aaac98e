//! Logging a page in by a phone, renewing its token, and logging out.

use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.load(&json!({"accounts": [
        {"id": 1, "openid": "ma", "role": "member"},
        {"id": 2, "openid": "wang", "role": "coach"},
        {"id": 3, "openid": "li", "role": "owner"},
    ]}))
    .await
    .unwrap();
    app
}

const APPROVE: &str = "/api/v1/auth/device/approve";

/// Begins to log a page in; returns its secret and the code that it shows.
async fn begin(app: &TestApp) -> (String, String) {
    let body = app.post("/api/v1/auth/device", None, json!({})).await.expect(200).body;
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"))
}

async fn poll(app: &TestApp, device_code: &str) -> Answer {
    app.post("/api/v1/auth/device/token", None, json!({"device_code": device_code})).await
}

/// Makes every login of the table that much older.
async fn age(app: &TestApp, seconds: u32) {
    sqlx::query(
        "UPDATE device_login SET created_at = created_at - INTERVAL ? SECOND, \
         expires_at = expires_at - INTERVAL ? SECOND, polled_at = polled_at - INTERVAL ? SECOND",
    )
    .bind(seconds)
    .bind(seconds)
    .bind(seconds)
    .execute(&app.app.pool)
    .await
    .unwrap();
}

async fn refused(app: &TestApp, device_code: &str, code: &str) {
    let answer = poll(app, device_code).await.expect(400);
    assert_eq!(answer.code(), code);
}

#[tokio::test]
async fn a_page_is_logged_in_once_by_who_approves_it() {
    let app = app().await;
    let coach = app.token(2, Role::Coach);
    let (secret, code) = begin(&app).await;
    assert!(code.len() == 8 && secret.len() >= 32, "{code} {secret}");
    refused(&app, &secret, "authorization_pending").await;
    let seen =
        app.get(&format!("/api/v1/auth/device/{}", code.to_lowercase()), Some(&coach)).await.expect(200);
    assert_eq!(seen.body["address"], "127.0.0.1");
    let typed = format!("{}-{}", &code[..4], &code[4..]);
    let ask = json!({"user_code": typed, "approve": true});
    let decided = app.post(APPROVE, Some(&coach), ask.clone()).await.expect(200).body;
    assert_eq!(decided, json!({"approved": true}));
    app.post(APPROVE, Some(&coach), ask).await.expect(404);
    let login = poll(&app, &secret).await.expect(200).body;
    assert_eq!((&login["account_id"], &login["role"]), (&json!(2), &json!("coach")));
    app.get("/api/v1/profiles", login["token"].as_str()).await.expect(200);
    refused(&app, &secret, "expired_token").await;
    let stored: Vec<u8> =
        sqlx::query_scalar("SELECT device_hash FROM device_login").fetch_one(&app.app.pool).await.unwrap();
    assert!(!stored.windows(8).any(|part| secret.as_bytes().windows(8).any(|own| own == part)));
}

#[tokio::test]
async fn a_page_that_asks_too_often_is_slowed_down() {
    let app = app().await;
    let (secret, _) = begin(&app).await;
    refused(&app, &secret, "authorization_pending").await;
    refused(&app, &secret, "slow_down").await;
    // It now has to wait for 10 s.
    age(&app, 9).await;
    refused(&app, &secret, "slow_down").await;
    age(&app, 16).await;
    refused(&app, &secret, "authorization_pending").await;
    age(&app, 600).await;
    refused(&app, &secret, "expired_token").await;
    refused(&app, "unknown", "expired_token").await;
}

#[tokio::test]
async fn a_page_that_is_denied_is_told_so_once() {
    let app = app().await;
    let coach = app.token(2, Role::Coach);
    let (secret, code) = begin(&app).await;
    let ask = json!({"user_code": code, "approve": false});
    assert_eq!(app.post(APPROVE, Some(&coach), ask).await.expect(200).body, json!({"approved": false}));
    refused(&app, &secret, "access_denied").await;
    refused(&app, &secret, "expired_token").await;
}

#[tokio::test]
async fn who_lost_its_role_since_it_approved_logs_no_page_in() {
    let app = app().await;
    let (coach, owner) = (app.token(2, Role::Coach), app.token(3, Role::Owner));
    let (secret, code) = begin(&app).await;
    app.post(APPROVE, Some(&coach), json!({"user_code": code, "approve": true})).await.expect(200);
    app.put("/api/v1/accounts/2/role", Some(&owner), json!({"role": "member"})).await.expect(200);
    refused(&app, &secret, "access_denied").await;
}

#[tokio::test]
async fn ten_wrong_codes_in_an_hour_are_enough() {
    let app = app().await;
    let (coach, owner) = (app.token(2, Role::Coach), app.token(3, Role::Owner));
    let (_, code) = begin(&app).await;
    let wrong = json!({"user_code": "BBBBBBBB", "approve": true});
    for _ in 0..5 {
        app.post(APPROVE, Some(&coach), wrong.clone()).await.expect(404);
        app.get("/api/v1/auth/device/nonsense", Some(&coach)).await.expect(404);
    }
    let right = format!("/api/v1/auth/device/{code}");
    let right_code = json!({"user_code": code, "approve": true});
    for limited in [app.get(&right, Some(&coach)).await, app.post(APPROVE, Some(&coach), right_code).await] {
        let wait: u32 = limited.expect(429).header("retry-after").parse().unwrap();
        assert!((3500..=3600).contains(&wait), "{wait}");
    }
    app.get(&right, Some(&owner)).await.expect(200);
    sqlx::query("UPDATE device_login_miss SET missed_at = missed_at - INTERVAL 1 HOUR")
        .execute(&app.app.pool)
        .await
        .unwrap();
    app.get(&right, Some(&coach)).await.expect(200);
}

/// Logs `wang` in as a page does under the dev clock.
async fn page(app: &TestApp) -> String {
    let body = app.post("/api/v1/auth/login", None, json!({"code": "dev:wang"})).await.expect(200).body;
    token(&body)
}

fn token(body: &Value) -> String {
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn logging_out_ends_every_token_of_the_login_and_no_other() {
    let app = app().await;
    let (first, other) = (page(&app).await, page(&app).await);
    let renewed = token(&app.post("/api/v1/auth/renew", Some(&first), json!({})).await.expect(200).body);
    assert_ne!(renewed, other);
    let out = app.post("/api/v1/auth/logout", Some(&renewed), json!({})).await.expect(200);
    assert_eq!(out.body, json!({}));
    for ended in [&first, &renewed] {
        app.get("/api/v1/profiles", Some(ended)).await.expect(401);
        app.post("/api/v1/auth/renew", Some(ended), json!({})).await.expect(401);
        app.post("/api/v1/auth/logout", Some(ended), json!({})).await.expect(401);
    }
    app.get("/api/v1/profiles", Some(&other)).await.expect(200);
    // Another backend over the same database, as after a restart.
    let beside = app.beside().await;
    beside.get("/api/v1/profiles", Some(&renewed)).await.expect(401);
}

#[tokio::test]
async fn a_member_who_logs_out_is_out_at_once() {
    let app = app().await;
    let body = app.post("/api/v1/auth/login", None, json!({"code": "dev:ma"})).await.expect(200).body;
    let member = token(&body);
    app.get("/api/v1/profiles", Some(&member)).await.expect(200);
    app.post("/api/v1/auth/logout", Some(&member), json!({})).await.expect(200);
    app.get("/api/v1/profiles", Some(&member)).await.expect(401);
}

#[tokio::test]
async fn only_a_login_of_a_page_is_renewed() {
    let app = app().await;
    // As `gym token` issues it.
    let answer =
        app.post("/api/v1/auth/renew", Some(&app.token(2, Role::Coach)), json!({})).await.expect(409);
    assert_eq!(answer.code(), "conflict");
}

#[test]
fn a_login_is_renewed_for_a_week() {
    use backend::auth::token::{PageLogin, issue_for_page};
    let dir = tempfile::tempdir().unwrap();
    let keys = backend::auth::Keys::load_or_create(&dir.path().join("jwt.key"), None).unwrap();
    let now = backend::clock::real_now().millis() / 1000;
    let day = 24 * 60 * 60;
    for (age, left) in [(0, day / 2), (day, day / 2), (7 * day - 60, 60)] {
        let login = PageLogin { jti: "j".to_owned(), auth_time: now - age };
        let (_, end) = issue_for_page(&keys, logic::ids::AccountId(2), Role::Coach, &login).unwrap();
        assert!((now + left..=now + left + 5).contains(&(end.millis() / 1000)), "{age}");
    }
    let login = PageLogin { jti: "j".to_owned(), auth_time: now - 7 * day };
    let old = issue_for_page(&keys, logic::ids::AccountId(2), Role::Coach, &login).unwrap_err();
    assert_eq!(old.code(), logic::Code::Conflict);
}
