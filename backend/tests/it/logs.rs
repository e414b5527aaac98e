//! Logs hold no personal data and no tokens.

use crate::gym::{Gym, answers, answers_once, gives_token};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use wiremock::{MockServer, ResponseTemplate};

/// The captured log.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_logs_of_a_whole_story_contain_no_personal_data() {
    let captured = Captured::default();
    let writer = captured.clone();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("info,backend=trace"))
        .with_writer(move || writer.clone())
        .init();
    let wechat = MockServer::start().await;
    gives_token(&wechat, "wechat-access-token").await;
    let gym = Gym::sending_to(&wechat, 3).await;
    gym.app
        .load(&json!({
            "accounts": [{"id": 2, "openid": "oVerySecretOpenid", "role": "member"}],
            "profiles": [{"id": 2, "account_id": 2, "name": "王小满"}],
        }))
        .await
        .unwrap();
    let entries = gym.all_join(3).await;
    gym.free_the_seat().await;
    answers_once(&wechat, ResponseTemplate::new(500)).await;
    answers_once(&wechat, crate::gym::verdict(43101, "user oVerySecretOpenid refuse")).await;
    answers(&wechat, 0, "ok").await;
    gym.sweep().await;
    gym.advance(61).await;
    gym.sweep().await;
    // A conflict, a refusal, an invalid token, and a database error.
    let token = gym.token(2);
    gym.app.post("/api/v1/waitlist/join", Some(&token), json!({"profile_id": 2})).await.expect(400);
    gym.app.get("/api/v1/profiles", Some("eyJhbGciOiJub25lIn0.e30.")).await.expect(401);
    sqlx::query("UPDATE waitlist SET response_deadline = NULL WHERE id = ?")
        .bind(entries[0])
        .execute(&mut *gym.db().await)
        .await
        .unwrap();
    let path = format!("/api/v1/waitlist/{}", entries[0]);
    gym.app.delete(&path, Some(&token)).await.expect(500);
    gym.advance(3600).await;
    gym.sweep().await;

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
    }
    assert!(
        log.contains("/api/v1/waitlist/join") && log.contains("a row is set aside"),
        "the story is in it:\n{log}"
    );
    for secret in [
        "王小满",
        "oVerySecretOpenid",
        "wechat-access-token",
        "s3cret",
        &token,
        "eyJhbGciOiJub25lIn0",
        "少儿体操",
    ] {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "{secret} is in the logs: {told:?}");
    }
}
