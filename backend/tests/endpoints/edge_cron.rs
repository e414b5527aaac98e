//! The edge's cron handler calls `process-expiry` with the edge's secret instead of a token.

use backend::limits::{Limits, Rates};
use contract::headers::{EDGE_CRON, EDGE_SECRET};
use serde_json::json;
use test_support::{Answer, TestApp};

use crate::gym::{Gym, place};

const SECRET: &str = "0123456789abcdef";
const PATH: &str = "/api/v1/waitlist/process-expiry";

async fn gym(edge_secret: Option<&str>) -> Gym {
    let edge_secret = edge_secret.map(|secret| secret.parse().unwrap());
    let rates = Rates { edge_secret, ..Rates::default() };
    Gym::over(TestApp::limited(Limits::new(&rates, true)).await).await
}

/// Sends the request with these headers and `authorization`.
async fn ask(gym: &Gym, headers: &[(&str, &str)], authorization: Option<&str>) -> Answer {
    let mut request = gym.app.request(reqwest::Method::POST, PATH, None).json(&json!({}));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    gym.app.send(request).await
}

const CRON: (&str, &str) = (EDGE_CRON, "1");
const SHOWN: (&str, &str) = (EDGE_SECRET, SECRET);

#[tokio::test]
async fn the_secret_is_accepted_with_the_cron_header_and_without_a_token() {
    let gym = gym(Some(SECRET)).await;
    let answer = ask(&gym, &[CRON, SHOWN], None).await.expect(200);
    assert_eq!(answer.body, json!({"expired": 0, "promoted": 0, "closed": 0, "released": 0}));
    ask(&gym, &[CRON, SHOWN, ("idempotency-key", "k")], None).await.expect(200);
    assert_eq!(gym.count("SELECT COUNT(*) FROM idempotency_key WHERE `key` = 'k'").await, 0);
    assert_eq!(gym.count("SELECT COUNT(*) FROM audit").await, 0, "the machine is no staff");

    for headers in [
        &[][..],
        &[CRON],
        &[SHOWN],
        &[(EDGE_CRON, "0"), SHOWN],
        &[(EDGE_CRON, ""), SHOWN],
        &[(EDGE_CRON, "true"), SHOWN],
        &[CRON, (EDGE_SECRET, "")],
        &[CRON, (EDGE_SECRET, "a guess of sixteen")],
    ] {
        let refused = ask(&gym, headers, None).await.expect(401);
        assert_eq!(refused.code(), "unauthenticated", "{headers:?}");
    }
}

#[tokio::test]
async fn a_token_takes_precedence_over_the_secret() {
    let gym = gym(Some(SECRET)).await;
    let bearer = |token: &str| format!("Bearer {token}");
    for headers in [&[][..], &[CRON, SHOWN]] {
        ask(&gym, headers, Some(&bearer(&gym.cron))).await.expect(200);
        ask(&gym, headers, Some(&bearer(&gym.coach))).await.expect(200);
        ask(&gym, headers, Some(&bearer(&gym.ma))).await.expect(403);
        for bad in ["Bearer nonsense", "Basic YTpi", ""] {
            ask(&gym, headers, Some(bad)).await.expect(401);
        }
    }
}

#[tokio::test]
async fn the_secret_is_valid_for_no_other_path() {
    let gym = gym(Some(SECRET)).await;
    let before = gym.rows().await;
    for (method, path, body) in [
        (reqwest::Method::POST, "/api/v1/waitlist/notify", json!({"waitlist_ids": [1]})),
        (reqwest::Method::POST, "/api/v1/bookings", place(21)),
        (reqwest::Method::GET, "/api/v1/waitlist/my", json!({})),
    ] {
        let request = gym.app.request(method, path, None).header(CRON.0, CRON.1).header(SHOWN.0, SHOWN.1);
        gym.app.send(request.json(&body)).await.expect(401);
    }
    assert_eq!(gym.rows().await, before);
}

#[tokio::test]
async fn an_origin_without_a_secret_accepts_none() {
    let gym = gym(None).await;
    for shown in [SHOWN, (EDGE_SECRET, "")] {
        ask(&gym, &[CRON, shown], None).await.expect(401);
    }
    ask(&gym, &[CRON, SHOWN], Some(&format!("Bearer {}", gym.cron))).await.expect(200);
}
