//! Calling a class off (R2.69, R2.70, R2.86).

use serde_json::json;

use crate::gym::{Gym, STARTS, place};

#[tokio::test]
async fn calling_off_ends_bookings_offers_and_entries_and_tells_everyone_once() {
    let gym = Gym::open().await;
    let (first, second) = (gym.join(21).await, gym.join(22).await);
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 2})).await.expect(200);
    assert_eq!(gym.status(first).await, "notified");

    let body = gym.post(&gym.coach, "/sessions/1/2030-03-11/cancel", json!({})).await.expect(200).body;
    assert_eq!(
        ["status", "booked", "held", "free", "waiting"].map(|field| body[field].clone()),
        [json!("cancelled"), json!(0), json!(0), json!(0), json!(0)]
    );
    assert_eq!((gym.status(first).await, gym.status(second).await), ("cancelled".into(), "cancelled".into()));
    let mine = gym.get(&gym.ma, "/bookings/my").await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&mine["status"], &mine["makeup_until"]),
        (&json!("cancelled_by_gym"), &json!("2030-03-25T10:00:00.000Z"))
    );
    let told = (gym.told("ma").await.len(), gym.told("pa").await.len());
    assert_eq!(told, (1, 3), "the booking; an offer and two ends");
    let flow = gym.get(&gym.pa, &format!("/waitlist/{first}/notifications")).await.expect(200).body;
    let offer = flow["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["notification_type"] == "spot_available")
        .unwrap();
    assert_eq!(
        (&offer["status"], &offer["flow"]["expiration_reason"]),
        (&json!("cancelled"), &json!("system_error"))
    );

    let before = gym.rows().await;
    let again = gym.post(&gym.coach, "/sessions/1/2030-03-11/cancel", json!({})).await.expect(200).body;
    assert_eq!(again, body);
    let unaudited = |rows: &[String]| {
        rows.iter().filter(|row| !row.contains("session.cancel")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(unaudited(&gym.rows().await), unaudited(&before), "twice changes nothing more");
    assert_eq!((gym.told("ma").await.len(), gym.told("pa").await.len()), told);

    for (path, code) in [("/bookings", "class_cancelled"), ("/waitlist/join", "class_cancelled")] {
        assert_eq!(gym.post(&gym.pa, path, place(23)).await.expect(409).code(), code);
    }
    let capacity = gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 9})).await;
    assert_eq!(capacity.expect(409).code(), "class_cancelled");
}

/// Covers R2.86.
#[tokio::test]
async fn a_class_that_has_started_cannot_be_called_off() {
    let gym = Gym::open().await;
    gym.app.at(STARTS).await;
    let before = gym.rows().await;
    let refused = gym.post(&gym.coach, "/sessions/1/2030-03-11/cancel", json!({})).await.expect(409);
    assert_eq!(refused.code(), "class_started");
    gym.post(&gym.coach, "/sessions/1/2030-03-12/cancel", json!({})).await.expect(404);
    assert_eq!(gym.rows().await, before);
}

#[tokio::test]
async fn a_class_without_a_row_can_be_called_off() {
    let gym = Gym::open().await;
    let body = gym.post(&gym.coach, "/sessions/2/2030-03-18/cancel", json!({})).await.expect(200).body;
    assert_eq!(body["status"], "cancelled");
}
