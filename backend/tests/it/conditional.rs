//! Conditional reads of what changes without a class's lock: outcomes of messages, and credit.

use crate::gym::{Gym, answers, gives_token};
use crate::makeup_gym::{self, CHILD, FAMILY, LEAVE, SAME, SHORT};
use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::TestApp;
use wiremock::MockServer;

/// Reads a path; returns its tag and its body.
async fn read(app: &TestApp, token: &str, path: &str) -> (String, Value) {
    let answer = app.get(&format!("/api/v1{path}"), Some(token)).await.expect(200);
    (answer.header("etag").to_owned(), answer.body)
}

/// Returns whether a path answers 304 to `etag`.
async fn holds(app: &TestApp, token: &str, path: &str, etag: &str) -> bool {
    let ask = app.request(Method::GET, &format!("/api/v1{path}"), Some(token)).header("if-none-match", etag);
    app.send(ask).await.status == 304
}

#[tokio::test]
async fn a_delivered_message_changes_the_tag_of_notifications() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 0, "ok").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    let token = gym.token(2);
    for path in ["/notifications/my".to_owned(), format!("/waitlist/{entry}/notifications")] {
        let (etag, body) = read(&gym.app, &token, &path).await;
        assert_eq!(body["items"][0]["delivery"], "pending");
        assert!(holds(&gym.app, &token, &path, &etag).await, "{path}");
    }
    let (mine, _) = read(&gym.app, &token, "/notifications/my").await;
    let (of_entry, _) = read(&gym.app, &token, &format!("/waitlist/{entry}/notifications")).await;
    assert_eq!(gym.sweep().await["delivered"], 1);
    for (path, etag) in
        [("/notifications/my".to_owned(), mine), (format!("/waitlist/{entry}/notifications"), of_entry)]
    {
        assert!(!holds(&gym.app, &token, &path, &etag).await, "{path}");
        assert_eq!(read(&gym.app, &token, &path).await.1["items"][0]["delivery"], "delivered");
    }
}

#[tokio::test]
async fn a_queued_reminder_changes_the_tag_of_notifications() {
    let wechat = MockServer::start().await;
    gives_token(&wechat, "token-1").await;
    answers(&wechat, 45009, "reach max api daily quota limit").await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    gym.sweep().await;
    let token = gym.token(2);
    let paths = ["/notifications/my".to_owned(), format!("/waitlist/{entry}/notifications")];
    let mut held = vec![];
    for path in &paths {
        held.push(read(&gym.app, &token, path).await);
    }
    gym.advance(21 * 60).await;
    gym.sweep().await;
    for (path, (etag, body)) in paths.iter().zip(&held) {
        let now = read(&gym.app, &token, path).await.1;
        let shown = |body: &Value| body["items"].as_array().unwrap().len();
        assert_eq!(shown(&now), shown(body) + 1, "{now}");
        assert_eq!(now["items"][0]["delivery"], "pending");
        assert!(!holds(&gym.app, &token, path, etag).await, "{path}");
    }
}

#[tokio::test]
async fn the_tag_of_credit_changes_with_the_ledger_and_with_time() {
    let gym = makeup_gym::Gym::new().await;
    let token = gym.app.token(FAMILY, Role::Member);
    let paths = [format!("/compensation/balance?profile_id={CHILD}"), "/compensation/history".to_owned()];
    let mut held = vec![];
    for path in &paths {
        held.push(read(&gym.app, &token, path).await);
    }
    // After each step, a 304 means that the body equals the stored one.
    let mut step = async |done: &str, expect_balance: bool| {
        for (path, held) in paths.iter().zip(&mut held) {
            let same = holds(&gym.app, &token, path, &held.0).await;
            let fresh = read(&gym.app, &token, path).await;
            assert!(!same || fresh.1 == held.1, "{path} after {done}");
            if path.contains("balance") {
                assert_eq!(same, !expect_balance, "{path} after {done}");
            }
            *held = fresh;
        }
    };
    step("nothing", false).await;
    gym.make_up(CHILD, LEAVE, SHORT, "2030-03-06").await.expect(201);
    step("a grant", true).await;
    gym.book(CHILD, SAME, "2030-03-07", true).await.expect(409);
    step("too little of it", false).await;
    let half = gym.book(CHILD, makeup_gym::HALF_HOUR, "2030-03-09", true).await.expect(201).body;
    step("a payment", true).await;
    gym.cancel(CHILD, makeup_gym::id(&half)).await.expect(200);
    step("its return", true).await;
    gym.app.at("2030-03-15T00:00:00.000Z").await;
    step("three days before its end", true).await;
    gym.app.at("2030-03-17T23:59:59.999Z").await;
    step("a moment before its end", false).await;
    gym.app.at("2030-03-18T00:00:00.000Z").await;
    step("its end, with no sweep", true).await;
    assert_eq!(gym.balance(CHILD).await["totals"]["expired"], json!(30));
    gym.close().await;
}
