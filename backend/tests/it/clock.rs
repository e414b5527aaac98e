//! The dev clock: it stands still, never goes backwards, and survives a restart.

use backend::clock::Clock;
use serde_json::json;
use test_support::{START, TestApp};

async fn now(app: &TestApp) -> String {
    app.get("/api/v1/time", None).await.expect(200).body["now"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_stands_still_and_moves_when_told() {
    let app = TestApp::start().await;
    assert_eq!(now(&app).await, START);
    let body = app.put("/api/v1/dev/clock", None, json!({"now": "2030-03-05T18:30:00.250+08:00"})).await;
    assert_eq!(body.expect(200).body, json!({"now": "2030-03-05T10:30:00.250Z"}));
    let body = app.post("/api/v1/dev/clock/advance", None, json!({"seconds": 90})).await;
    assert_eq!(body.expect(200).body, json!({"now": "2030-03-05T10:31:30.250Z"}));
    assert_eq!(now(&app).await, "2030-03-05T10:31:30.250Z");
}

#[tokio::test]
async fn it_never_goes_backwards_and_refuses_malformed_times() {
    let app = TestApp::start().await;
    let back = app.put("/api/v1/dev/clock", None, json!({"now": "2030-03-03T23:59:59.999Z"})).await;
    assert_eq!(back.expect(409).code(), "conflict");
    for (path, body) in [
        ("/api/v1/dev/clock/advance", json!({"seconds": -1})),
        ("/api/v1/dev/clock/advance", json!({"seconds": 1.5})),
        ("/api/v1/dev/clock/advance", json!({"seconds": 4_000_000_000_u32})),
        ("/api/v1/dev/clock/advance", json!({})),
    ] {
        app.post(path, None, body).await.expect(400);
    }
    for time in ["soon", "2030-13-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
        app.put("/api/v1/dev/clock", None, json!({ "now": time })).await.expect(400);
    }
    assert_eq!(now(&app).await, START);
}

#[tokio::test]
async fn it_survives_a_restart_and_commands_read_it() {
    let app = TestApp::start().await;
    app.at("2031-01-01T00:00:00Z").await;
    assert_eq!(now(&app.beside().await).await, "2031-01-01T00:00:00.000Z");
    let command = Clock::of_the_service(&app.app.pool).await.unwrap();
    assert_eq!(command.now(), app.app.clock.now());

    Clock::real(&app.app.pool).await.unwrap();
    let command = Clock::of_the_service(&app.app.pool).await.unwrap();
    assert!(matches!(command, Clock::Real), "once the service runs on real time, so do commands");
}
