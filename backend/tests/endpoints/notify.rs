//! Notifying entries by staff (R2.73, R2.74).

use serde_json::{Value, json};

use crate::gym::{Gym, LAST_NOTIFICATION};

async fn notify(gym: &Gym, ask: Value) -> Vec<Value> {
    let body = gym.post(&gym.coach, "/waitlist/notify", ask).await.expect(200).body;
    body["results"].as_array().unwrap().clone()
}

/// Returns the outcome of each entry: `sent`, or the code of its refusal.
fn outcomes(results: &[Value]) -> Vec<(i64, &str)> {
    let outcome = |result: &Value| result["outcome"].as_str().unwrap().to_owned();
    results
        .iter()
        .map(|result| {
            let id = result["waitlist_id"].as_i64().unwrap();
            assert_eq!(outcome(result) == "sent", result["response_deadline"].is_string(), "{result}");
            assert_eq!(outcome(result) == "sent", result["notification_id"].is_i64(), "{result}");
            (id, result["code"].as_str().unwrap_or("sent"))
        })
        .collect()
}

/// Creates a class in quiet hours with one free seat and two waiting entries.
async fn a_free_seat() -> (Gym, i64, i64) {
    let gym = Gym::in_quiet_hours().await;
    let (first, second) = (gym.join(21).await, gym.join(22).await);
    gym.cancel_booking().await;
    assert_eq!((gym.status(first).await, gym.seats().await), ("waiting".into(), [0, 0, 0, 2]));
    (gym, first, second)
}

/// Covers R2.73.
#[tokio::test]
async fn an_entry_is_offered_a_seat_out_of_turn() {
    let (gym, first, second) = a_free_seat().await;
    let results = notify(&gym, json!({"waitlist_ids": [second, first, 999_999, second]})).await;
    let expected = [(second, "sent"), (first, "no_free_seat"), (999_999, "not_found"), (second, "sent")];
    assert_eq!(outcomes(&results), expected, "an entry named twice is offered one seat");
    assert_eq!(results[0]["response_deadline"], "2030-03-04T00:30:00.000Z");
    assert_eq!((gym.status(first).await, gym.status(second).await), ("waiting".into(), "notified".into()));
    assert_eq!(gym.messages("pa").await, ["spot_available"]);

    let again = notify(&gym, json!({"waitlist_ids": [second]})).await;
    assert_eq!(outcomes(&again), [(second, "not_waiting")]);
}

#[tokio::test]
async fn entries_of_a_class_are_notified_in_order_and_never_beyond_its_free_seats() {
    let (gym, first, second) = a_free_seat().await;
    let class = json!({"course_schedule_id": 1, "booking_date": "2030-03-11", "max": 2});
    assert_eq!(outcomes(&notify(&gym, class.clone()).await), [(first, "sent"), (second, "no_free_seat")]);
    assert_eq!(outcomes(&notify(&gym, class).await), [(second, "no_free_seat")]);
    let every_free = json!({"course_schedule_id": 1, "booking_date": "2030-03-11"});
    assert_eq!(notify(&gym, every_free).await, Vec::<Value>::new(), "no seat, no offer");
    assert_eq!(gym.seats().await, [0, 1, 0, 1]);
}

#[tokio::test]
async fn without_max_every_free_seat_is_offered() {
    let (gym, first, second) = a_free_seat().await;
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 5})).await.expect(200);
    let results = notify(&gym, json!({"course_schedule_id": 1, "booking_date": "2030-03-11"})).await;
    assert_eq!(outcomes(&results), [(first, "sent"), (second, "sent")]);
}

#[tokio::test]
async fn the_interval_and_the_last_notification_time_bind_staff_too() {
    let (gym, first, second) = a_free_seat().await;
    notify(&gym, json!({"waitlist_ids": [first]})).await;
    gym.respond(first, "decline").await.expect(200);
    assert_eq!(gym.join(21).await, first, "the same row");
    gym.advance(59 * 60).await;
    let class = json!({"course_schedule_id": 1, "booking_date": "2030-03-11", "max": 1});
    assert_eq!(
        outcomes(&notify(&gym, json!({"waitlist_ids": [first]})).await),
        [(first, "notified_recently")]
    );
    gym.delete(&gym.pa, &format!("/waitlist/{second}")).await.expect(200);
    let third = gym.join(23).await;
    assert_eq!(
        outcomes(&notify(&gym, class).await),
        [(first, "notified_recently"), (third, "sent")],
        "an entry that may not be notified is passed over"
    );
    gym.respond(third, "decline").await.expect(200);
    gym.advance(60).await;
    assert_eq!(outcomes(&notify(&gym, json!({"waitlist_ids": [first]})).await), [(first, "sent")]);
}

#[tokio::test]
async fn no_seat_is_offered_after_the_last_notification_time() {
    for (at, code) in [
        ("2030-03-11T03:30:00.001Z", "past_last_notification"),
        ("2030-03-11T04:00:00.001Z", "inside_hard_stop"),
        ("2030-03-11T10:00:00.000Z", "class_started"),
    ] {
        let (gym, first, _) = a_free_seat().await;
        gym.app.at(at).await;
        for code in [code, "not_waiting"] {
            let results = notify(&gym, json!({"waitlist_ids": [first]})).await;
            assert_eq!(outcomes(&results), [(first, code)], "{at}");
        }
    }
    let (gym, first, _) = a_free_seat().await;
    gym.app.at(LAST_NOTIFICATION).await;
    assert_eq!(
        outcomes(&notify(&gym, json!({"waitlist_ids": [first]})).await),
        [(first, "sent")],
        "the last notification time itself is not too late"
    );
}

#[tokio::test]
async fn a_malformed_request_changes_nothing() {
    let (gym, first, _) = a_free_seat().await;
    let before = gym.rows().await;
    for ask in [
        json!({}),
        json!({"waitlist_ids": []}),
        json!({"waitlist_ids": vec![first; 101]}),
        json!({"waitlist_ids": [first], "max": 1}),
        json!({"waitlist_ids": ["x"]}),
        json!({"course_schedule_id": 1}),
        json!({"course_schedule_id": 1, "booking_date": "2030-03-11", "max": 0}),
        json!({"course_schedule_id": 1, "booking_date": "2030-03-11", "colour": 1}),
    ] {
        let answer = gym.post(&gym.coach, "/waitlist/notify", ask.clone()).await.expect(400);
        assert_eq!(answer.code(), "invalid_request", "{ask}");
    }
    let nowhere = json!({"course_schedule_id": 1, "booking_date": "2030-03-12"});
    gym.post(&gym.coach, "/waitlist/notify", nowhere).await.expect(404);
    assert_eq!(gym.rows().await, before);
}
