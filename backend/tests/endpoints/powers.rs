//! The powers of staff over a child's place that need a reason: late bookings, a waived lead, a turn out of order.

use crate::gym::{Gym, STARTS};
use logic::status::Role;
use serde_json::{Value, json};

/// When the second class of the evening starts, and when it ends.
const SECOND_STARTS: &str = "2030-03-11T12:00:00.000Z";
const SECOND_ENDS: &str = "2030-03-11T13:00:00.000Z";

/// A late booking of the second class of the evening, which has one seat.
fn late(profile: i64) -> Value {
    json!({"profile_id": profile, "course_schedule_id": 2, "booking_date": "2030-03-11", "late": true, "reason": "走进来的"})
}

impl Gym {
    async fn owner(&self) -> String {
        self.app.load(&json!({"accounts": [{"id": 5, "openid": "li", "role": "owner"}]})).await.unwrap();
        self.app.token(5, Role::Owner)
    }

    /// The record of a class: actions, subjects and reasons, newest first.
    async fn record_of(&self, schedule: i64) -> Vec<Value> {
        let path = format!("/desk/sessions/{schedule}/2030-03-11");
        let class = self.get(&self.coach, &path).await.expect(200).body;
        let rows = class["history"].as_array().unwrap().iter();
        rows.map(|row| json!([row["action"], row["subject"], row["reason"]])).collect()
    }

    /// The newest message to the family of `pa`.
    async fn newest(&self) -> Value {
        self.get(&self.pa, "/messages/my?limit=1").await.expect(200).body["items"][0].clone()
    }
}

/// Covers R2.96, R2.97, R2.99, R9.3.
#[tokio::test]
async fn a_walk_in_is_booked_late_and_undone_until_the_class_ends() {
    let gym = Gym::open().await;
    gym.app.at(SECOND_STARTS).await;
    let plain = json!({"profile_id": 21, "course_schedule_id": 2, "booking_date": "2030-03-11"});
    assert_eq!(gym.post(&gym.coach, "/bookings", plain.clone()).await.expect(409).code(), "class_started");
    for (field, value) in [("reason", Value::Null), ("reason", json!(" ")), ("late", json!(false))] {
        let mut wrong = late(21);
        wrong[field] = value;
        let refused = gym.post(&gym.coach, "/bookings", wrong.clone()).await.expect(400);
        assert_eq!(refused.code(), "invalid_request", "R9.3: {wrong}");
    }
    assert_eq!(gym.post(&gym.pa, "/bookings", late(21)).await.expect(403).code(), "forbidden");
    assert_eq!(gym.post(&gym.coach, "/bookings", late(999)).await.expect(404).code(), "not_found");

    let booked = gym.post(&gym.coach, "/bookings", late(21)).await.expect(201).body;
    assert_eq!((&booked["status"], &booked["created_at"]), (&json!("booked"), &json!(SECOND_STARTS)));
    let told = gym.newest().await;
    assert_eq!((&told["kind"], &told["delivery"]), (&json!("staff_change"), &json!("delivered")), "R2.99");
    assert_eq!(gym.post(&gym.coach, "/bookings", late(22)).await.expect(409).code(), "session_full");
    // The wrong child: its own family cannot undo it, staff can.
    let path = format!("/bookings/{}", booked["id"]);
    assert_eq!(gym.delete(&gym.pa, &path).await.expect(409).code(), "class_started");
    gym.app.at("2030-03-11T12:59:59.999Z").await;
    let undone = gym.delete(&gym.coach, &path).await.expect(200).body;
    assert_eq!(undone["status"], "cancelled");
    assert_eq!(gym.delete(&gym.coach, &path).await.expect(200).body, undone, "again, the same");
    let booked = gym.post(&gym.coach, "/bookings", late(22)).await.expect(201).body["id"].clone();
    let record = gym.record_of(2).await;
    let class = "session/2/2030-03-11";
    assert_eq!(record[0], json!(["booking.create", class, "走进来的"]));
    assert_eq!(record.last().unwrap(), &json!(["booking.create", class, "走进来的"]));

    gym.app.at(SECOND_ENDS).await;
    assert_eq!(gym.post(&gym.coach, "/bookings", late(23)).await.expect(409).code(), "class_started");
    assert_eq!(
        gym.delete(&gym.coach, &format!("/bookings/{booked}")).await.expect(409).code(),
        "class_started"
    );
    gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    assert_eq!(gym.count("SELECT COUNT(*) FROM booking WHERE status = 'completed'").await, 2);
}

/// Covers R2.97: what was booked before the start is not undone after it.
#[tokio::test]
async fn what_was_booked_in_time_is_not_undone_late() {
    let gym = Gym::open().await;
    let body = json!({"profile_id": 21, "course_schedule_id": 2, "booking_date": "2030-03-11", "late": true, "reason": "电话"});
    let booked = gym.post(&gym.coach, "/bookings", body).await.expect(201).body["id"].clone();
    gym.app.at(SECOND_STARTS).await;
    assert_eq!(
        gym.delete(&gym.coach, &format!("/bookings/{booked}")).await.expect(409).code(),
        "class_started"
    );
}

/// Covers R2.97: undoing a late booking leaves nothing of it.
#[tokio::test]
async fn credit_that_paid_for_a_late_booking_comes_back() {
    let gym = Gym::open().await;
    let goodwill = json!({"booking_id": 1, "minutes": 60, "reason": "停电"});
    gym.post(&gym.coach, "/compensation/grants", goodwill).await.expect(201);
    gym.app.at(SECOND_STARTS).await;
    let mut paid = late(11);
    paid["pay_with_compensation"] = json!(true);
    let booked = gym.post(&gym.coach, "/bookings", paid).await.expect(201).body["id"].clone();
    let minutes = async || {
        let balance = gym.get(&gym.ma, "/compensation/balance?profile_id=11").await.expect(200).body;
        balance["available_minutes"].as_i64().unwrap()
    };
    assert_eq!(minutes().await, 0);
    gym.delete(&gym.coach, &format!("/bookings/{booked}")).await.expect(200);
    assert_eq!(minutes().await, 60);
}

/// Covers R2.98, R9.3.
#[tokio::test]
async fn the_lead_of_leave_is_waived_until_the_class_starts() {
    let gym = Gym::open().await;
    gym.app.at("2030-03-11T09:59:59.999Z").await;
    let leave = async |who: &str, body: Value| gym.post(who, "/bookings/1/leave", body).await;
    let waived = json!({"waive_lead": true, "reason": "发烧"});
    assert_eq!(leave(&gym.coach, json!({})).await.expect(409).code(), "leave_too_late");
    assert_eq!(leave(&gym.ma, waived.clone()).await.expect(403).code(), "forbidden");
    for wrong in [
        json!({"waive_lead": true}),
        json!({"reason": "发烧"}),
        json!({"waive_lead": true, "reason": "x".repeat(201)}),
        json!({"waive_lead": 1, "reason": "发烧"}),
        json!({"waive_lead": true, "reason": "发烧", "more": 1}),
    ] {
        assert_eq!(leave(&gym.coach, wrong.clone()).await.expect(400).code(), "invalid_request", "{wrong}");
    }
    let taken = leave(&gym.coach, waived.clone()).await.expect(200).body;
    assert_eq!((&taken["status"], taken["makeup_until"].is_string()), (&json!("leave"), true));
    assert_eq!(gym.record_of(1).await, [json!(["booking.leave", "booking/1", "发烧"])]);
    assert_eq!(leave(&gym.coach, waived.clone()).await.expect(200).body, taken, "again, the same");

    let gym = Gym::open().await;
    gym.app.at(STARTS).await;
    assert_eq!(gym.post(&gym.coach, "/bookings/1/leave", waived).await.expect(409).code(), "class_started");
}

/// Covers R7.3.
#[tokio::test]
async fn no_power_is_used_on_ones_own_child_below_owner() {
    let gym = Gym::open().await;
    let owner = gym.owner().await;
    gym.app
        .load(&json!({"profiles": [{"id": 31, "account_id": 3, "name": "芒种"}, {"id": 51, "account_id": 5, "name": "大雪"}]}))
        .await
        .unwrap();
    let body = json!({"profile_id": 31, "course_schedule_id": 2, "booking_date": "2030-03-11"});
    let booked = gym.post(&gym.coach, "/bookings", body).await.expect(201).body["id"].clone();
    gym.app.at("2030-03-11T11:59:00.000Z").await;
    let path = format!("/bookings/{booked}/leave");
    let waived = json!({"waive_lead": true, "reason": "发烧"});
    assert_eq!(gym.post(&gym.coach, &path, waived.clone()).await.expect(409).code(), "conflict");
    gym.post(&owner, &path, waived).await.expect(200);
    gym.app.at(SECOND_STARTS).await;
    assert_eq!(gym.post(&gym.coach, "/bookings", late(31)).await.expect(409).code(), "conflict");
    // An owner's own child, and so recorded.
    let booked = gym.post(&owner, "/bookings", late(51)).await.expect(201).body["id"].clone();
    gym.delete(&owner, &format!("/bookings/{booked}")).await.expect(200);
    let actions: Vec<_> = gym.record_of(2).await.iter().map(|row| row[0].clone()).collect();
    assert_eq!(actions, ["booking.cancel", "booking.create", "booking.leave"]);
    // What a colleague booked late for it, a parent of the gym does not undo.
    let booked = gym.post(&owner, "/bookings", late(31)).await.expect(201).body["id"].clone();
    let undo = gym.delete(&gym.coach, &format!("/bookings/{booked}")).await;
    assert_eq!(undo.expect(409).code(), "class_started");
}

/// Covers R2.73, R9.3.
#[tokio::test]
async fn why_somebody_is_told_out_of_turn_is_kept_with_the_offer_and_in_the_history_of_the_class() {
    let gym = Gym::in_quiet_hours().await;
    gym.join(21).await;
    let second = gym.join(22).await;
    gym.post(
        &gym.pa,
        "/waitlist/join",
        json!({"profile_id": 23, "course_schedule_id": 2, "booking_date": "2030-03-11"}),
    )
    .await
    .expect(409);
    gym.cancel_booking().await;
    let ask = json!({"waitlist_ids": [second, 999], "reason": " 明天手术 "});
    gym.post(&gym.coach, "/waitlist/notify", ask).await.expect(200);
    assert_eq!(gym.record_of(1).await[0], json!(["waitlist.notify", "session/1/2030-03-11", "明天手术"]));
    let kept = "SELECT COUNT(*) FROM waitlist_flow WHERE JSON_UNQUOTE(JSON_EXTRACT(flow_data, '$.reason')) = '明天手术' \
                AND JSON_UNQUOTE(JSON_EXTRACT(flow_data, '$.passed_on')) = 'by_staff'";
    assert_eq!(gym.count(kept).await, 1);
    // Of an entry that is not there, no class knows.
    assert_eq!(gym.count("SELECT COUNT(*) FROM audit WHERE subject = 'entries'").await, 1);
    let shown = gym.get(&gym.pa, &format!("/waitlist/{second}/notifications")).await.expect(200).text;
    assert!(!shown.contains("手术") && !gym.newest().await.to_string().contains("手术"), "R9.3");
    for wrong in [
        json!({"waitlist_ids": [second], "reason": ""}),
        json!({"waitlist_ids": [second], "reason": 1}),
        json!({"course_schedule_id": 1, "booking_date": "2030-03-11", "reason": "急"}),
    ] {
        assert_eq!(
            gym.post(&gym.coach, "/waitlist/notify", wrong.clone()).await.expect(400).code(),
            "invalid_request",
            "{wrong}"
        );
    }
}
