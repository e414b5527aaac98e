//! A mini-program that is too old is told so on every path but `/time`.

use contract::client_version::OLDEST_SERVED;
use contract::headers::CLIENT;
use reqwest::Method;

use crate::gym::{Gym, place};

const TOO_OLD: &str = "mini/0.0.9";

#[tokio::test]
async fn an_old_client_is_refused_before_anything_else_but_can_read_the_time() {
    let gym = Gym::open().await;
    let ask = async |method: Method, path: &str, token: Option<&str>| {
        let request = gym.app.request(method, path, token).header(CLIENT, TOO_OLD);
        gym.app.send(request).await
    };
    for (method, path, token) in [
        (Method::GET, "/api/v1/waitlist/my", Some(&*gym.ma)),
        (Method::GET, "/api/v1/waitlist/my", None),
        (Method::GET, "/api/v1/policy", None),
        (Method::GET, "/api/v1/openapi.json", None),
        (Method::POST, "/api/v1/auth/login", None),
        (Method::DELETE, "/api/v1/bookings/1", Some(&gym.ma)),
        (Method::PATCH, "/api/v1/policy", None),
        (Method::GET, "/api/v1/nothing", None),
    ] {
        let answer = ask(method.clone(), path, token).await.expect(409);
        assert_eq!(answer.code(), "client_too_old", "{method} {path}");
        assert_eq!(
            answer.body["detail"],
            format!("mini/0.0.9 is too old: update to {OLDEST_SERVED} or later")
        );
        assert!(!answer.header("x-request-id").is_empty());
    }
    ask(Method::GET, "/api/v1/time", None).await.expect(200);
    ask(Method::GET, "/healthz", None).await.expect(200);
}

#[tokio::test]
async fn a_served_malformed_or_missing_version_is_served() {
    let gym = Gym::open().await;
    let oldest = OLDEST_SERVED.to_string();
    for client in [&*oldest, "mini/9.0.0", "mini/0.0", "mini/00.0.1", "web/0.0.1", "\u{e9}"] {
        let request = gym.app.request(Method::GET, "/api/v1/policy", None).header(CLIENT, client);
        gym.app.send(request).await.expect(200);
    }
    let twice = gym.app.request(Method::GET, "/api/v1/policy", None);
    let twice = twice.header(CLIENT, TOO_OLD).header(CLIENT, TOO_OLD);
    gym.app.send(twice).await.expect(200);
    gym.app.get("/api/v1/policy", None).await.expect(200);
}

#[tokio::test]
async fn a_refused_old_client_can_repeat_the_write_under_its_key_after_the_update() {
    let gym = Gym::open().await;
    let join = async |client: &str| {
        let request = gym.app.request(Method::POST, "/api/v1/waitlist/join", Some(&gym.pa));
        let request = request.header(CLIENT, client).header("idempotency-key", "k");
        gym.app.send(request.json(&place(21))).await
    };
    assert_eq!(join(TOO_OLD).await.expect(409).code(), "client_too_old");
    join(&OLDEST_SERVED.to_string()).await.expect(201);
}
