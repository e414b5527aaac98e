//! `POST /auth/login`: exchanges a code for an account's token.

use backend::wechat::{Login, WeChat};
use logic::Policy;
use serde_json::{Value, json};
use test_support::TestApp;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn a_dev_code_logs_its_account_in() {
    let app = TestApp::start().await;
    app.load(&json!({
        "accounts": [{"id": 1, "openid": "ma", "role": "member"}],
        "profiles": [{"id": 7, "account_id": 1, "name": "小满"}],
    }))
    .await
    .unwrap();
    let body = app.post(LOGIN, None, json!({"code": "dev:ma"})).await.expect(200).body;
    assert_eq!(body["account_id"], 1);
    assert_eq!(body["profiles"], json!([{"id": 7, "name": "小满"}]));
    let token = body["token"].as_str().unwrap();
    let list = app.get("/api/v1/profiles", Some(token)).await.expect(200).body;
    assert_eq!(list, json!({"items": [{"id": 7, "name": "小满"}], "next_cursor": null}));
}

#[tokio::test]
async fn an_unknown_openid_becomes_one_member_account_without_profiles() {
    let app = TestApp::start().await;
    let logins = (0..8).map(|_| app.post(LOGIN, None, json!({"code": "dev:new"})));
    let accounts: Vec<Value> = futures_util::future::join_all(logins)
        .await
        .into_iter()
        .map(|answer| {
            let body = answer.expect(200).body;
            assert_eq!(body["profiles"], json!([]));
            body["account_id"].clone()
        })
        .collect();
    assert!(accounts[0].as_i64().unwrap() >= 1_000_000, "{accounts:?}");
    assert!(accounts.iter().all(|id| *id == accounts[0]), "one account: {accounts:?}");
    let upper = app.post(LOGIN, None, json!({"code": "dev:NEW"})).await.expect(200);
    assert_ne!(upper.body["account_id"], accounts[0], "openids differ by case");
}

#[tokio::test]
async fn other_codes_are_refused() {
    let app = TestApp::start().await;
    for (code, status) in [
        ("0a1b", 401),
        ("", 400),
        ("dev:", 400),
        ("dev:a b", 400),
        (&*format!("dev:{}", "x".repeat(125)), 400),
    ] {
        app.post(LOGIN, None, json!({ "code": code })).await.expect(status);
    }
}

#[tokio::test]
async fn the_openid_of_a_code_comes_from_wechat() {
    let wechat = MockServer::start().await;
    let session = |code: &str, answer: Value| {
        Mock::given(method("GET"))
            .and(path("/sns/jscode2session"))
            .and(query_param("appid", "wx1"))
            .and(query_param("secret", "s3cret"))
            .and(query_param("grant_type", "authorization_code"))
            .and(query_param("js_code", code))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&wechat)
    };
    session("good", json!({"openid": "o-1", "session_key": "k"})).await;
    session("missing", json!({"errcode": 41008, "errmsg": "missing code"})).await;
    session("used", json!({"errcode": 40163, "errmsg": "code been used"})).await;
    session("busy", json!({"errcode": -1, "errmsg": "system error"})).await;
    let login = Login::WeChat(WeChat::new(&wechat.uri(), "wx1".to_owned(), "s3cret".into()).unwrap());
    let app = TestApp::with(Policy::default(), login).await;

    app.post(LOGIN, None, json!({"code": "good"})).await.expect(200);
    app.post(LOGIN, None, json!({"code": "used"})).await.expect(401);
    app.post(LOGIN, None, json!({"code": "missing"})).await.expect(401);
    app.post(LOGIN, None, json!({"code": "缺码"})).await.expect(400);
    let away = app.post(LOGIN, None, json!({"code": "busy"})).await.expect(503);
    assert_eq!((away.code(), away.header("retry-after")), ("unavailable", "5"));
    app.post(LOGIN, None, json!({"code": "dev:o-1"})).await.expect(503);
    assert!(!away.text.contains("s3cret"));
}

/// An answer that is not WeChat's takes neither the secret nor the memory along.
#[tokio::test]
async fn redirects_and_endless_answers_are_not_followed() {
    let (wechat, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let session = |code: &str, answer: ResponseTemplate| {
        Mock::given(path("/sns/jscode2session"))
            .and(query_param("js_code", code))
            .respond_with(answer)
            .mount(&wechat)
    };
    let there = format!("{}/sns/jscode2session", elsewhere.uri());
    session("moved", ResponseTemplate::new(302).insert_header("location", &*there)).await;
    let padding = "x".repeat(100_000);
    session("long", ResponseTemplate::new(200).set_body_json(json!({"openid": "o-1", "padding": padding})))
        .await;
    session("words", ResponseTemplate::new(200).set_body_string("s3cret words")).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"openid": "o-1"})))
        .expect(0)
        .mount(&elsewhere)
        .await;
    let login = Login::WeChat(WeChat::new(&wechat.uri(), "wx1".to_owned(), "s3cret".into()).unwrap());
    let app = TestApp::with(Policy::default(), login).await;
    for code in ["moved", "long", "words"] {
        let answer = app.post(LOGIN, None, json!({ "code": code })).await.expect(503);
        assert!(!answer.text.contains("s3cret"), "{}", answer.text);
    }
}
