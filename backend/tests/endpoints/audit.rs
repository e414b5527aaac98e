//! The audit table: each write of staff is recorded with who, what, the subject and when.

use serde_json::{Value, json};
use sqlx::types::Json;

use crate::gym::{Gym, STARTS, place};

async fn records(gym: &Gym) -> Vec<(i64, String, String, Json<Value>)> {
    sqlx::query_as(
        "SELECT account_id, action, subject, JSON_ARRAY(before_detail, detail) FROM audit ORDER BY id",
    )
    .fetch_all(&gym.app.app.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_kind_of_staff_write_is_recorded() {
    let gym = Gym::open().await;
    let coach = &gym.coach;
    let class = "session/1/2030-03-11".to_owned();
    let mut expected: Vec<(&str, String)> = vec![];

    let entry = gym.post(coach, "/waitlist/join", place(21)).await.expect(201).body["id"].as_i64().unwrap();
    expected.push(("waitlist.join", class.clone()));
    gym.post(coach, "/waitlist/notify", json!({"waitlist_ids": [entry]})).await.expect(200);
    expected.push(("waitlist.notify", "session/1/2030-03-11".to_owned()));
    gym.put(coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 2})).await.expect(200);
    expected.push(("session.capacity", class.clone()));
    gym.put(coach, &format!("/waitlist/{entry}/respond"), json!({"action": "decline"})).await.expect(200);
    expected.push(("waitlist.respond", format!("waitlist/{entry}")));
    gym.delete(coach, &format!("/waitlist/{entry}")).await.expect(200);
    expected.push(("waitlist.leave", format!("waitlist/{entry}")));
    let booked = gym.post(coach, "/bookings", place(12)).await.expect(201).body["id"].as_i64().unwrap();
    expected.push(("booking.create", class.clone()));
    gym.delete(coach, &format!("/bookings/{booked}")).await.expect(200);
    expected.push(("booking.cancel", format!("booking/{booked}")));
    let again = gym.post(coach, "/bookings", place(12)).await.expect(201).body["id"].as_i64().unwrap();
    expected.push(("booking.create", class));
    gym.post(coach, &format!("/bookings/{again}/leave"), json!({})).await.expect(200);
    expected.push(("booking.leave", format!("booking/{again}")));
    gym.post(coach, "/waitlist/process-expiry", json!({})).await.expect(200);
    expected.push(("waitlist.process_expiry", "waitlist".to_owned()));
    gym.post(coach, "/sessions/2/2030-03-11/cancel", json!({})).await.expect(200);
    expected.push(("session.cancel", "session/2/2030-03-11".to_owned()));
    gym.app.at(STARTS).await;
    gym.post(coach, "/bookings/1/attendance", json!({"status": "absent"})).await.expect(200);
    expected.push(("booking.attendance", "booking/1".to_owned()));

    let records = records(&gym).await;
    let found: Vec<_> =
        records.iter().map(|(_, action, subject, _)| (action.as_str(), subject.clone())).collect();
    assert_eq!(found, expected);
    assert!(records.iter().all(|(account, ..)| *account == 3));
    assert_eq!(records.last().unwrap().3.0, json!([{"status": "booked"}, {"status": "absent"}]));
    let at: String = sqlx::query_scalar("SELECT DATE_FORMAT(MAX(`at`), '%Y-%m-%dT%H:%i:%s') FROM audit")
        .fetch_one(&gym.app.app.pool)
        .await
        .unwrap();
    assert_eq!(at, "2030-03-11T10:00:00", "service time");
}

#[tokio::test]
async fn writes_of_members_and_refused_writes_are_not_recorded() {
    let gym = Gym::open().await;
    gym.join(21).await;
    gym.cancel_booking().await;
    gym.post(&gym.cron, "/waitlist/process-expiry", json!({})).await.expect(200);
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 0})).await.expect(409);
    gym.post(&gym.coach, "/bookings", place(21)).await.expect(409);
    assert_eq!(records(&gym).await.len(), 0);
}
