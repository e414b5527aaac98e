//! `POST /subscriptions` and `GET /subscriptions`.

use crate::gym::Gym;
use serde_json::json;
use wiremock::MockServer;

const PATH: &str = "/api/v1/subscriptions";

#[tokio::test]
async fn accepts_add_up_and_rejects_subtract_nothing() {
    let gym = Gym::new(2).await;
    let token = gym.token(2);
    for (results, remaining) in [
        (json!({"T1": "accept", "T2": "reject"}), json!({"T1": 1, "T2": 0})),
        (json!({"T1": "accept", "T2": "accept"}), json!({"T1": 2, "T2": 1})),
        (json!({"T1": "reject", "T2": "ban"}), json!({"T1": 2, "T2": 1})),
        (json!({}), json!({})),
    ] {
        let answer = gym.app.post(PATH, Some(&token), json!({ "results": results })).await.expect(200);
        assert_eq!(answer.body, json!({ "remaining": remaining }));
    }
    let other =
        gym.app.post(PATH, Some(&gym.token(1)), json!({"results": {"T1": "reject"}})).await.expect(200);
    assert_eq!(other.body["remaining"]["T1"], 0, "each account has its own");
}

#[tokio::test]
async fn what_wechat_may_answer_some_day_refuses_no_report() {
    let gym = Gym::new(2).await;
    let token = gym.token(2);
    let results =
        json!({"T1": "accept", "T2": "acceptWithAudio", "T3": "filter", "T4": "a new word", "T5": ""});
    let answer = gym.app.post(PATH, Some(&token), json!({ "results": results })).await.expect(200);
    assert_eq!(answer.body["remaining"], json!({"T1": 1, "T2": 1, "T3": 0, "T4": 0, "T5": 0}));
}

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let gym = Gym::new(2).await;
    let token = gym.token(2);
    let many: serde_json::Map<_, _> = (0..21).map(|n| (format!("T{n}"), json!("accept"))).collect();
    for body in [
        json!({}),
        json!({"results": []}),
        json!({"results": {"T1": 1, "T2": "accept"}}),
        json!({"results": {"": "accept", "T1": "accept"}}),
        json!({"results": {"T 1": "accept"}}),
        json!({"results": {"模板": "accept"}}),
        json!({"results": {"x".repeat(65): "accept"}}),
        json!({"results": many}),
        json!({"results": {}, "more": 1}),
    ] {
        let answer = gym.app.post(PATH, Some(&token), body.clone()).await.expect(400);
        assert_eq!(answer.code(), "invalid_request", "{body}");
    }
    gym.app.post(PATH, None, json!({"results": {}})).await.expect(401);
    let answer = gym.app.post(PATH, Some(&token), json!({"results": {"T1": "reject"}})).await.expect(200);
    assert_eq!(answer.body["remaining"]["T1"], 0);
}

#[tokio::test]
async fn unknown_templates_are_refused_if_templates_are_configured() {
    let wechat = MockServer::start().await;
    let gym = Gym::sending_to(&wechat, 2).await;
    let token = gym.token(2);
    let answer = gym.app.post(PATH, Some(&token), json!({"results": {"T-ELSE": "accept"}})).await.expect(400);
    assert!(answer.body["detail"].as_str().unwrap().contains("T-ELSE"), "{}", answer.text);
    gym.app.post(PATH, Some(&token), json!({"results": {"T-NEWS": "accept"}})).await.expect(200);
}

#[tokio::test]
async fn the_recorder_uses_consent_but_does_not_need_it() {
    let gym = Gym::new(3).await;
    let token = gym.token(2);
    let ask = |answer: &str| json!({"results": {"spot_available": answer}});
    gym.app.post(PATH, Some(&token), ask("accept")).await.expect(200);
    gym.all_join(3).await;
    gym.free_the_seat().await;
    let left = gym.app.post(PATH, Some(&token), ask("reject")).await.expect(200);
    assert_eq!(left.body["remaining"]["spot_available"], 0);
    // Member 3 has no consent.
    gym.advance(31 * 60).await;
    gym.sweep().await;
    assert_eq!(gym.messages(3).await, ["waitlist_front", "spot_available"]);
}

#[tokio::test]
async fn an_account_reads_its_own_consents() {
    let gym = Gym::new(2).await;
    let token = gym.token(2);
    let read = async || gym.app.get(PATH, Some(&token)).await;
    assert_eq!(read().await.expect(200).body, json!({"remaining": {}}));
    let asked = json!({"results": {"T1": "accept", "T2": "reject"}});
    gym.app.post(PATH, Some(&token), asked.clone()).await.expect(200);
    gym.app.post(PATH, Some(&token), asked).await.expect(200);
    let answer = read().await.expect(200);
    assert_eq!(answer.body, json!({"remaining": {"T1": 2}}), "a reject banks nothing");
    let again = gym.app.request(reqwest::Method::GET, PATH, Some(&token));
    let again = gym.app.send(again.header("if-none-match", answer.header("etag"))).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let other = gym.app.get(PATH, Some(&gym.token(1))).await.expect(200);
    assert_eq!(other.body, json!({"remaining": {}}), "each account has its own");
}
