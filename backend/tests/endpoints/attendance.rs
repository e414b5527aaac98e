//! Recording attendance (R2.81 to R2.84).

use serde_json::json;

use crate::gym::{Gym, STARTS, place};

#[tokio::test]
async fn attendance_can_be_recorded_and_corrected_from_the_start_on() {
    let gym = Gym::open().await;
    let attend = async |status: &str| {
        gym.post(&gym.coach, "/bookings/1/attendance", json!({ "status": status })).await
    };
    gym.app.at("2030-03-11T09:59:59.999Z").await;
    let before = gym.rows().await;
    assert_eq!(attend("completed").await.expect(409).code(), "conflict");
    assert_eq!(gym.rows().await, before);

    gym.app.at(STARTS).await;
    for status in ["absent", "absent", "completed", "absent"] {
        assert_eq!(attend(status).await.expect(200).body["status"], status);
    }
    assert_eq!(gym.seats().await[0], 1, "the seat stays taken");
    for status in ["booked", "leave", "", "ABSENT"] {
        assert_eq!(attend(status).await.expect(400).code(), "invalid_request", "{status}");
    }
    gym.post(&gym.coach, "/bookings/999/attendance", json!({"status": "absent"})).await.expect(404);
}

/// Covers R2.83.
#[tokio::test]
async fn the_first_entry_is_taken_when_a_correction_is_too_late() {
    let gym = Gym::open().await;
    let attend = async |status: &str| {
        gym.post(&gym.coach, "/bookings/1/attendance", json!({ "status": status })).await
    };
    gym.app.at("2030-03-20T10:00:00.000Z").await;
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    assert_eq!(gym.count("SELECT COUNT(*) FROM booking WHERE status = 'completed'").await, 1);
    assert_eq!(attend("absent").await.expect(200).body["status"], "absent");
    assert_eq!(attend("completed").await.expect(409).code(), "conflict", "this one corrects");
}

#[tokio::test]
async fn attendance_of_a_cancelled_booking_is_a_conflict() {
    let gym = Gym::open().await;
    gym.cancel_booking().await;
    let mine = gym.post(&gym.ma, "/bookings", place(12)).await.expect(201).body["id"].as_i64().unwrap();
    gym.app.at(STARTS).await;
    let absent = json!({"status": "absent"});
    let refused = gym.post(&gym.coach, "/bookings/1/attendance", absent.clone()).await.expect(409);
    assert_eq!(refused.code(), "conflict");
    let body = gym.post(&gym.coach, &format!("/bookings/{mine}/attendance"), absent).await.expect(200).body;
    assert_eq!((&body["status"], &body["makeup_until"]), (&json!("absent"), &json!(null)));
}
