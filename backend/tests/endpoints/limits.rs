//! Rate limits of the backend.

use backend::limits::{Limits, Rates};
use contract::headers::{CLIENT_ADDRESS, EDGE_SECRET};
use serde_json::json;
use test_support::{Answer, TestApp};

use crate::gym::{Gym, place};

/// The secret that proves that a request comes from the edge.
const SECRET: &str = "0123456789abcdef";

async fn gym(rates: Rates) -> Gym {
    Gym::over(TestApp::limited(Limits::new(&rates, true)).await).await
}

fn is_limited(answer: Answer) {
    let answer = answer.expect(429);
    assert_eq!(answer.code(), "rate_limited");
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn an_account_over_its_limit_of_writes_may_still_read() {
    let gym = gym(Rates { rate_writes_per_minute: Some(2), ..Rates::default() }).await;
    let write = async |who| gym.post(who, "/waitlist/join", place(21)).await;
    write(&gym.pa).await.expect(201);
    write(&gym.pa).await.expect(409);
    let before = gym.rows().await;
    let keyed = gym.app.request(reqwest::Method::POST, "/api/v1/bookings", Some(&gym.pa));
    is_limited(gym.app.send(keyed.header("idempotency-key", "k").json(&place(22))).await);
    is_limited(write(&gym.pa).await);
    assert_eq!(gym.count("SELECT COUNT(*) FROM idempotency_key").await, 0, "it may still be asked");
    assert_eq!(gym.rows().await, before);
    gym.get(&gym.pa, "/waitlist/my").await.expect(200);
    gym.post(&gym.pa, "/rules/version", json!({"args": []})).await.expect(200);
    gym.post(&gym.ma, "/bookings", place(12)).await.expect(409);
}

#[tokio::test]
async fn an_address_has_limits_of_writes_and_logins() {
    let rates = Rates {
        rate_address_writes_per_minute: Some(1),
        rate_logins_per_minute: Some(2),
        edge_secret: Some(SECRET.parse().unwrap()),
        ..Rates::default()
    };
    let gym = gym(rates).await;
    let post = async |from: &str, path: &str, body| {
        let request = gym.app.request(reqwest::Method::POST, path, None).header(EDGE_SECRET, SECRET);
        let request = request.header(CLIENT_ADDRESS, from);
        gym.app.send(request.json(&body)).await
    };
    post("192.0.2.1", "/api/v1/bookings", place(12)).await.expect(401);
    is_limited(post("192.0.2.1", "/api/v1/bookings", place(12)).await);
    post("192.0.2.2", "/api/v1/bookings", place(12)).await.expect(401);

    let login = async |from: &str| post(from, "/api/v1/auth/login", json!({"code": "guess"})).await;
    login("192.0.2.1").await.expect(401);
    login("192.0.2.1").await.expect(401);
    is_limited(login("192.0.2.1").await);
    login("192.0.2.2").await.expect(401);
}

#[tokio::test]
async fn an_address_without_the_edges_secret_is_ignored() {
    let rates = Rates {
        rate_address_writes_per_minute: Some(1),
        edge_secret: Some(SECRET.parse().unwrap()),
        ..Rates::default()
    };
    let gym = gym(rates).await;
    let post = async |from: &str, shown: &str| {
        let request = gym.app.request(reqwest::Method::POST, "/api/v1/bookings", None);
        let request = request.header(EDGE_SECRET, shown).header(CLIENT_ADDRESS, from);
        gym.app.send(request.json(&place(12))).await
    };
    post("192.0.2.1", "a guess of sixteen").await.expect(401);
    is_limited(post("192.0.2.2", "a guess of sixteen").await);
    post("192.0.2.2", SECRET).await.expect(401);
}
