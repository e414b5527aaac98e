//! The parts of the contract that hold for every answer.

use logic::status::Role;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use test_support::TestApp;

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn a_problem_has_the_members_of_the_contract() {
    let app = TestApp::start().await;
    let request = app.request(Method::GET, "/api/v1/nowhere", None).header("x-request-id", "mine-1.a_b");
    let answer = app.send(request).await.expect(404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("x-request-id"), "mine-1.a_b");
    assert!(answer.header("date").ends_with(" GMT"), "{:?}", answer.headers);
    assert_eq!(
        answer.body,
        json!({
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "there is nothing at this path",
            "code": "not_found",
            "request_id": "mine-1.a_b",
        })
    );
}

#[tokio::test]
async fn a_malformed_request_id_is_replaced() {
    let app = TestApp::start().await;
    for id in ["a b", "a/b", &"x".repeat(65)] {
        let answer =
            app.send(app.request(Method::GET, "/api/v1/time", None).header("x-request-id", id)).await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{id}");
    }
}

#[tokio::test]
async fn a_wrong_method_gets_the_allowed_ones() {
    let app = TestApp::start().await;
    let answer = app.delete("/api/v1/time", None).await.expect(405);
    assert_eq!(answer.code(), "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD");
    let answer = app.get(LOGIN, None).await.expect(405);
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn bodies_are_limited_and_read_strictly() {
    let app = TestApp::start().await;
    let post = |content_type: &'static str, body: String| {
        app.send(app.request(Method::POST, LOGIN, None).header("content-type", content_type).body(body))
    };
    let large = format!(r#"{{"code":"{}"}}"#, "x".repeat(64 * 1024));
    assert_eq!(post("application/json", large).await.expect(413).code(), "payload_too_large");

    let good = r#"{"code":"dev:someone"}"#;
    post("application/json; charset=utf-8", good.to_owned()).await.expect(200);
    for (content_type, body, named) in [
        ("text/plain", good, "application/json"),
        ("application/json", "", "EOF"),
        ("application/json", "{", "EOF"),
        ("application/json", "[]", "named fields"),
        ("application/json", r#"{"code":1}"#, "code"),
        ("application/json", r#"{}"#, "code"),
        ("application/json", r#"{"code":"dev:a","colour":1}"#, "colour"),
        ("application/json", r#"{"code":"dev:a","code":"dev:b"}"#, "duplicate"),
        ("application/json", r#"{"code":"dev:a"} x"#, "trailing"),
        ("application/json", "{\"code\":\"\u{0}\"}", "control character"),
    ] {
        let answer = post(content_type, body.to_owned()).await.expect(400);
        assert_eq!(answer.code(), "invalid_request", "{body}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{body}: `{detail}` should name {named}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_limited() {
    let app = TestApp::start().await;
    let chunks = futures_util::stream::iter((0..80).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024])));
    let request = app
        .request(Method::POST, LOGIN, None)
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(chunks));
    assert_eq!(app.send(request).await.expect(413).code(), "payload_too_large");
}

#[tokio::test]
async fn lists_have_pages_and_their_queries_are_validated() {
    let app = TestApp::start().await;
    let profiles: Vec<_> =
        (1..=5).map(|id| json!({"id": id, "account_id": 1, "name": format!("n{id}")})).collect();
    app.load(&json!({"accounts": [{"id": 1, "openid": "a", "role": "member"}], "profiles": profiles}))
        .await
        .unwrap();
    let token = app.token(1, Role::Member);
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let page = app.get(&format!("/api/v1/profiles?limit=2{cursor}"), Some(&token)).await.expect(200).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
    ] {
        let answer = app.get(&format!("/api/v1/profiles?{query}"), Some(&token)).await.expect(400);
        assert!(answer.body["detail"].as_str().unwrap().contains(named), "{query}: {}", answer.text);
    }
}

/// A cursor is text from outside: whatever instant it names, no list answers 500.
#[tokio::test]
async fn a_cursor_whose_instant_cannot_be_stored_is_refused() {
    let app = TestApp::start().await;
    app.load(&json!({"accounts": [{"id": 1, "openid": "a", "role": "member"}]})).await.unwrap();
    let token = app.token(1, Role::Member);
    for list in [
        "profiles?",
        "sessions?from=2030-03-04&to=2030-03-05&",
        "bookings/my?",
        "waitlist/my?",
        "notifications/my?",
        "messages/my?",
        "makeup/owed?",
        "makeup/my?",
        "compensation/history?",
        "dev/messages?",
    ] {
        for (cursor, status) in [
            ("0_0", 200),
            ("253402300799999_999999999999999999", 200),
            ("253402300800000_1", 400),
            ("8640000000000000_1", 400),
            ("-1_1", 400),
            ("-8640000000000000_1", 400),
        ] {
            let answer = app.get(&format!("/api/v1/{list}cursor={cursor}"), Some(&token)).await;
            assert_eq!(answer.status, status, "{list}cursor={cursor}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_operational_paths_report_the_state() {
    let app = TestApp::start().await;
    app.get("/healthz", None).await.expect(200);
    app.get("/readyz", None).await.expect(200);
    let metrics = app.get("/metrics", None).await.expect(200);
    assert!(metrics.text.contains(r#"gym_http_seconds_count{method="GET",route="/healthz",status="200"}"#));
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 5").execute(&app.app.pool).await.unwrap();
    let answer = app.get("/readyz", None).await.expect(503);
    assert_eq!((answer.code(), answer.header("retry-after")), ("unavailable", "5"));
}

/// A sweep stands still on every backend for the same reason: none would be left to answer if each said 503.
#[tokio::test]
async fn a_sweep_that_stands_still_is_named_by_a_service_that_stays_ready() {
    let app = TestApp::start().await;
    let standing = async || app.get("/readyz", None).await.expect(200).body["sweeps_standing_still"].clone();
    assert_eq!(standing().await, json!([]));
    let [second, minute] = [1, 60].map(Duration::from_secs);
    let before = tokio::time::Instant::now() - Duration::from_secs(64);
    for (sweep, every) in [("queues", second), ("credit", minute), ("outbox", second)] {
        app.app.sweep_ages.finished(sweep, every, before);
    }
    assert_eq!(standing().await, json!(["outbox", "queues"]));
    app.app.sweep_ages.finished("outbox", second, tokio::time::Instant::now());
    assert_eq!(standing().await, json!(["queues"]));
}

#[tokio::test]
async fn the_policy_has_an_etag() {
    let app = TestApp::start().await;
    let first = app.get("/api/v1/policy", None).await.expect(200);
    assert_eq!(first.body["last_notification_lead"], 390);
    let etag = first.header("etag").to_owned();
    let opaque = etag.trim_start_matches("W/");
    let all = [etag.clone(), opaque.to_owned(), format!("\"other\", W/{opaque}"), "*".to_owned()];
    for given in all {
        let request = app.request(Method::GET, "/api/v1/policy", None).header("if-none-match", given);
        let again = app.send(request).await.expect(304);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", etag.as_str()));
    }
    let request = app.request(Method::GET, "/api/v1/policy", None).header("if-none-match", "\"other\"");
    app.send(request).await.expect(200);
}

#[tokio::test]
async fn the_rule_functions_answer_by_name() {
    let app = TestApp::start().await;
    let answer = app.post("/api/v1/rules/countdown", None, json!({"args": [0, 90_000]})).await.expect(200);
    assert_eq!(answer.body["value"]["text"], "00:01:30");
    let bad = app.post("/api/v1/rules/countdown", None, json!({"args": [0.5]})).await.expect(400);
    assert_eq!(bad.code(), "invalid_request");
    assert_eq!(
        app.post("/api/v1/rules/nothing", None, json!({"args": []})).await.expect(404).code(),
        "not_found"
    );
}
