//! However a seat becomes free, it is offered to the next entry in the same transaction (R2.48).

use serde_json::{Value, json};

use crate::gym::{Gym, place};

/// Creates a full class in which 21 and 22 wait, in this order.
async fn two_wait() -> (Gym, i64, i64) {
    let gym = Gym::open().await;
    let (first, second) = (gym.join(21).await, gym.join(22).await);
    assert_eq!(gym.seats().await, [1, 0, 0, 2]);
    (gym, first, second)
}

/// Offers the seat to the first entry, which gets a message; the second still waits.
async fn first_is_offered() -> (Gym, i64, i64) {
    let (gym, first, second) = two_wait().await;
    gym.cancel_booking().await;
    assert_eq!((gym.status(first).await, gym.status(second).await), ("notified".into(), "waiting".into()));
    assert_eq!(gym.told("pa").await, ["spot_available"]);
    assert_eq!(gym.seats().await, [0, 1, 0, 1]);
    (gym, first, second)
}

impl Gym {
    /// Returns what the flows of the offers say of their seats, oldest first.
    async fn flows(&self) -> Vec<Value> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT CAST(flow_data AS CHAR) FROM waitlist_flow ORDER BY id")
                .fetch_all(&self.app.app.pool)
                .await
                .unwrap();
        rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }
}

/// Asserts that the seat passed on to the second entry, which got a message.
async fn second_is_offered(gym: &Gym, first: (i64, &str), second: i64) {
    assert_eq!(
        (gym.status(first.0).await.as_str(), gym.status(second).await.as_str()),
        (first.1, "notified")
    );
    let spots = gym.told("pa").await.iter().filter(|template| *template == "spot_available").count();
    assert_eq!(spots, 2);
    assert_eq!(gym.seats().await, [0, 1, 0, 0]);
}

#[tokio::test]
async fn a_cancelled_booking_frees_its_seat() {
    first_is_offered().await;
}

#[tokio::test]
async fn a_booking_that_takes_leave_frees_its_seat() {
    let (gym, first, second) = two_wait().await;
    let body = gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(200).body;
    assert_eq!(
        (&body["status"], &body["makeup_until"]),
        (&json!("leave"), &json!("2030-03-25T10:00:00.000Z"))
    );
    assert_eq!((gym.status(first).await, gym.status(second).await), ("notified".into(), "waiting".into()));
    assert_eq!(gym.seats().await, [0, 1, 0, 1]);

    let again = gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(200).body;
    assert_eq!(again, body, "leave taken twice is leave taken");
    assert_eq!(gym.seats().await, [0, 1, 0, 1]);
}

#[tokio::test]
async fn a_declined_offer_frees_its_seat() {
    let (gym, first, second) = first_is_offered().await;
    gym.respond(first, "decline").await.expect(200);
    second_is_offered(&gym, (first, "cancelled"), second).await;
}

#[tokio::test]
async fn an_expired_offer_frees_its_seat() {
    let (gym, first, second) = first_is_offered().await;
    gym.advance(30 * 60).await;
    assert_eq!(gym.status(first).await, "notified", "the deadline itself still counts");
    gym.advance(1).await;
    second_is_offered(&gym, (first, "expired"), second).await;
    assert_eq!(gym.respond(first, "confirm").await.expect(410).code(), "response_deadline_passed");
}

#[tokio::test]
async fn a_notified_entry_that_leaves_frees_its_seat() {
    let (gym, first, second) = first_is_offered().await;
    gym.delete(&gym.pa, &format!("/waitlist/{first}")).await.expect(200);
    second_is_offered(&gym, (first, "cancelled"), second).await;
}

#[tokio::test]
async fn a_raised_capacity_frees_seats() {
    let (gym, first, second) = two_wait().await;
    let third = gym.join(23).await;
    let body =
        gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 3})).await.expect(200).body;
    assert_eq!((&body["capacity"], &body["held"], &body["waiting"]), (&json!(3), &json!(2), &json!(1)));
    let standing = [gym.status(first).await, gym.status(second).await, gym.status(third).await];
    assert_eq!(standing, ["notified", "notified", "waiting"], "two seats, two offers");
    assert_eq!(gym.told("pa").await, ["spot_available", "spot_available"]);
}

#[tokio::test]
async fn a_confirm_takes_the_freed_seat() {
    let (gym, first, _) = first_is_offered().await;
    let refused = gym.post(&gym.ma, "/bookings", place(12)).await.expect(409);
    assert_eq!(refused.code(), "session_full", "a held seat is nobody else's");
    let body = gym.respond(first, "confirm").await.expect(200).body;
    assert_eq!(
        (&body["entry"]["status"], &body["booking"]["source"]),
        (&json!("confirmed"), &json!("waitlist"))
    );
    assert_eq!(gym.seats().await, [1, 0, 0, 1]);
}

#[tokio::test]
async fn after_the_last_notification_time_a_freed_seat_is_released() {
    let (gym, first, second) = two_wait().await;
    gym.app.at("2030-03-11T03:30:00.001Z").await;
    gym.cancel_booking().await;
    assert_eq!((gym.status(first).await, gym.status(second).await), ("expired".into(), "expired".into()));
    assert_eq!(gym.told("pa").await, ["waitlist_closed", "waitlist_closed"]);
    assert_eq!(gym.seats().await[2], 1, "free to book");
    gym.post(&gym.ma, "/bookings", place(12)).await.expect(201);
}

#[tokio::test]
async fn leave_is_refused_if_late_or_if_the_booking_has_ended() {
    let gym = Gym::open().await;
    assert_eq!(gym.post(&gym.pa, "/bookings/1/leave", json!({})).await.expect(404).code(), "not_found");
    gym.app.at("2030-03-11T04:00:00.001Z").await;
    let before = gym.rows().await;
    assert_eq!(gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(409).code(), "leave_too_late");
    gym.app.at("2030-03-11T10:00:00.000Z").await;
    assert_eq!(gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(409).code(), "class_started");
    assert_eq!(gym.rows().await, before);
}

#[tokio::test]
async fn leave_after_cancelling_is_a_conflict() {
    let gym = Gym::open().await;
    gym.cancel_booking().await;
    assert_eq!(gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(409).code(), "conflict");
}

#[tokio::test]
async fn the_capacity_is_limited() {
    let gym = Gym::open().await;
    let before = gym.rows().await;
    let capacity = async |body| gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", body).await;
    assert_eq!(capacity(json!({"capacity": 0})).await.expect(409).code(), "conflict", "one seat is booked");
    for body in [
        json!({}),
        json!({"capacity": -1}),
        json!({"capacity": 1.5}),
        json!({"capacity": 1_000_001}),
        json!({"capacity": 2, "colour": 1}),
    ] {
        assert_eq!(capacity(body.clone()).await.expect(400).code(), "invalid_request", "{body}");
    }
    for path in
        ["/sessions/1/2030-03-12/capacity", "/sessions/9/2030-03-11/capacity", "/sessions/1/x/capacity"]
    {
        gym.put(&gym.coach, path, json!({"capacity": 2})).await.expect(404);
    }
    assert_eq!(gym.rows().await, before);
    gym.app.at(crate::gym::STARTS).await;
    assert_eq!(capacity(json!({"capacity": 2})).await.expect(409).code(), "class_started");
}

#[tokio::test]
async fn a_flow_says_what_freed_the_seat_and_how_it_was_passed_on() {
    let cancelled = json!({"freed_by": "booking_cancelled", "booking_id": 1, "passed_on": "in_turn"});
    let by = |word: &str| json!({"freed_by": word, "passed_on": "in_turn"});
    let (gym, first, _) = first_is_offered().await;
    gym.respond(first, "decline").await.expect(200);
    assert_eq!(gym.flows().await, [cancelled.clone(), by("offer_declined")]);

    let (gym, _, second) = first_is_offered().await;
    gym.advance(1801).await;
    assert_eq!(gym.status(second).await, "notified");
    assert_eq!(gym.flows().await, [cancelled.clone(), by("offer_expired")]);

    let (gym, first, _) = first_is_offered().await;
    gym.delete(&gym.pa, &format!("/waitlist/{first}")).await.expect(200);
    assert_eq!(gym.flows().await, [cancelled, by("entry_left")]);

    let (gym, _, _) = two_wait().await;
    gym.post(&gym.ma, "/bookings/1/leave", json!({})).await.expect(200);
    assert_eq!(
        gym.flows().await,
        [json!({"freed_by": "leave_taken", "booking_id": 1, "passed_on": "in_turn"})]
    );

    let (gym, _, _) = two_wait().await;
    gym.put(&gym.coach, "/sessions/1/2030-03-11/capacity", json!({"capacity": 3})).await.expect(200);
    assert_eq!(gym.flows().await, [by("capacity_raised"), by("capacity_raised")]);
}

#[tokio::test]
async fn a_flow_says_that_staff_passed_a_seat_on() {
    let gym = Gym::in_quiet_hours().await;
    let (_, second) = (gym.join(21).await, gym.join(22).await);
    gym.cancel_booking().await;
    let out_of_turn = json!({"waitlist_ids": [second]});
    gym.post(&gym.coach, "/waitlist/notify", out_of_turn).await.expect(200);
    assert_eq!(gym.flows().await, [json!({"freed_by": "earlier", "passed_on": "by_staff"})]);
}
