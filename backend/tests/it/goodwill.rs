//! What staff give beyond the rules: credit that came with no makeup, and rights to makeups (RULES §3, §4).

use crate::makeup_gym::*;
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, kinds};

const WEDNESDAY: &str = "2030-03-06";
const THURSDAY: &str = "2030-03-07";
const NEXT_THURSDAY: &str = "2030-03-14";

impl Gym {
    async fn by_staff(&self, method: reqwest::Method, path: &str, body: Value) -> Answer {
        let staff = self.app.token(9, Role::Staff);
        let request = self.app.request(method, &format!("/api/v1{path}"), Some(&staff)).json(&body);
        self.app.send(request).await
    }

    async fn grant(&self, booking: i64, minutes: i64) -> Answer {
        let body = json!({"booking_id": booking, "minutes": minutes, "reason": "停电"});
        self.by_staff(reqwest::Method::POST, "/compensation/grants", body).await
    }

    async fn give_right(&self, booking: i64, until: &str) -> Answer {
        let path = format!("/bookings/{booking}/makeup-right");
        self.by_staff(reqwest::Method::PUT, &path, json!({"until": until, "reason": "住院"})).await
    }

    /// The kinds of the messages to a child's family, newest first.
    async fn kinds_told(&self, profile: i64) -> Vec<String> {
        let list = self.get(profile, &format!("/messages/my?limit=100&profile_id={profile}")).await;
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Books a class and cancels it in time.
    async fn cancelled(&self, profile: i64, schedule: i64, date: &str) -> i64 {
        let booking = id(&self.book(profile, schedule, date, false).await.expect(201).body);
        self.cancel(profile, booking).await.expect(200);
        booking
    }

    /// What was recorded of an action: the subject, what it was, what it became, and why.
    async fn recorded(&self, action: &str) -> Vec<Value> {
        let owner = self.app.token(10, Role::Owner);
        self.app.load(&json!({"accounts": [{"id": 10, "openid": "owner", "role": "owner"}]})).await.unwrap();
        let list = self.app.get("/api/v1/audit?limit=100", Some(&owner)).await.expect(200).body;
        let rows = list["items"].as_array().unwrap().iter().filter(|row| row["action"] == action);
        rows.map(|row| json!([row["subject"], row["before"], row["after"], row["reason"]])).collect()
    }
}

/// Covers R3.27, R4.15, R4.16.
#[tokio::test]
async fn goodwill_is_credit_that_belongs_to_no_makeup() {
    for kind in kinds().await {
        let gym = Gym::on(kind).await;
        let makeup = id(&gym.make_up(CHILD, LEAVE, SHORT, WEDNESDAY).await.expect(201).body);
        // For the booking that was made up, and for the makeup's own place: neither is the makeup's.
        let place = gym.place(makeup).await;
        let first = gym.grant(LEAVE, 20).await.expect(201).body;
        gym.grant(LEAVE, 5).await.expect(201);
        gym.grant(place, 1440).await.expect(201);
        assert_eq!(
            first,
            json!({
                "id": first["id"], "original_booking_id": LEAVE, "source": "goodwill",
                "compensation_minutes": 20, "remaining_minutes": 20, "status": "available",
                "created_time": "2030-03-04T00:00:00.000Z", "expiry_time": "2030-03-18T00:00:00.000Z",
                "used_time": null,
            })
        );
        let balance = gym.balance(CHILD).await;
        assert_eq!(balance["available_minutes"], 30 + 20 + 5 + 1440, "{kind}");
        let mut sources: Vec<_> =
            balance["grants"].as_array().unwrap().iter().map(|grant| grant["source"].clone()).collect();
        sources.sort_by_key(Value::to_string);
        assert_eq!(sources, ["goodwill", "goodwill", "goodwill", "makeup"]);
        assert!(balance["grants"].as_array().unwrap().contains(&first));
        assert_eq!(gym.kinds_told(CHILD).await, ["credit_granted"; 3], "each once");
        // Spent goodwill holds no makeup.
        let booking = id(&gym.book(CHILD, HALF_HOUR, "2030-03-09", true).await.expect(201).body);
        let history = gym.history(CHILD).await;
        assert_eq!(history[0], ("used".to_owned(), 30, 0), "the makeup's own goes first: it came first");
        gym.cancel(CHILD, booking).await.expect(200);
        gym.cancel_makeup(CHILD, makeup).await.expect(200);
        let balance = gym.balance(CHILD).await;
        assert_eq!(balance["available_minutes"], 20 + 5 + 1440, "{kind}: only the makeup's is taken back");
        assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE], "{kind}");
        let recorded = gym.recorded("compensation.grant").await;
        let of_leave = json!(["booking/501", null, {"grant_id": first["id"], "minutes": 20}, "停电"]);
        assert_eq!((recorded.len(), &recorded[2]), (3, &of_leave));
        gym.close().await;
    }
}

/// Covers R4.15, R7.3, R9.3.
#[tokio::test]
async fn goodwill_is_refused_for_what_is_no_booking_no_minutes_and_ones_own_child() {
    let gym = Gym::new().await;
    for minutes in [-1, 0, 1441] {
        assert_eq!(gym.grant(LEAVE, minutes).await.expect(422).code(), "invalid_duration");
    }
    assert_eq!(gym.grant(999, 30).await.expect(404).code(), "not_found");
    for reason in ["", " ", "a\nb", &"x".repeat(201)] {
        let body = json!({"booking_id": LEAVE, "minutes": 30, "reason": reason});
        let post = gym.by_staff(reqwest::Method::POST, "/compensation/grants", body).await;
        assert_eq!(post.expect(400).code(), "invalid_request", "R9.3: {reason:?}");
    }
    let body = json!({"booking_id": LEAVE, "minutes": 30, "reason": "x"});
    assert_eq!(gym.post(CHILD, "/compensation/grants", body.clone()).await.expect(403).code(), "forbidden");
    gym.app
        .load(&json!({"profiles": [{"id": 301, "account_id": 9, "name": "芒种"}],
            "bookings": [{"id": 601, "profile_id": 301, "course_schedule_id": MISSED, "booking_date": "2030-03-04", "status": "leave"}]}))
        .await
        .unwrap();
    assert_eq!(gym.grant(601, 30).await.expect(409).code(), "conflict", "R7.3");
    assert_eq!(gym.give_right(601, "2030-04-01T00:00:00Z").await.expect(409).code(), "conflict", "R7.3");
    assert_eq!(gym.balance(CHILD).await["totals"]["granted"], 0);
    gym.close().await;
}

/// Covers R3.36, R3.37, R2.38.
#[tokio::test]
async fn a_cancelled_booking_is_given_a_right_which_ends_when_its_class_is_booked_again() {
    for kind in kinds().await {
        let gym = Gym::on(kind).await;
        let cancelled = gym.cancelled(CHILD, SAME, THURSDAY).await;
        let until = "2030-03-30T10:00:00.000Z";
        let given = gym.give_right(cancelled, until).await.expect(200).body;
        assert_eq!(
            (&given["status"], &given["makeup_until"]),
            (&json!("cancelled"), &json!(until)),
            "{kind}"
        );
        assert_eq!(gym.give_right(cancelled, until).await.expect(200).body, given, "again, the same");
        assert_eq!(gym.kinds_told(CHILD).await, ["makeup_granted"], "{kind}: told once");
        let list = gym.get(CHILD, "/messages/my").await;
        let text = list["items"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("小满的课（3月7日 周四 18:00）可以在 3月30日"), "{text}");
        let change = json!(["booking/1000000", {"makeup_until": null}, {"makeup_until": until}, "住院"]);
        assert_eq!(gym.recorded("booking.makeup_right").await, [change], "{kind}: recorded once");
        assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE, cancelled], "{kind}");
        // It is used, and comes back.
        let makeup = id(&gym.make_up(CHILD, cancelled, SAME, NEXT_THURSDAY).await.expect(201).body);
        let refused = gym.give_right(cancelled, "2030-04-30T10:00:00.000Z").await;
        assert_eq!(refused.expect(409).code(), "already_made_up", "{kind}");
        let again = gym.book(CHILD, SAME, THURSDAY, false).await;
        assert_eq!(again.expect(409).code(), "already_made_up", "{kind}: R2.38");
        gym.cancel_makeup(CHILD, makeup).await.expect(200);
        // Another booking of the class ends it.
        let second = id(&gym.book(CHILD, SAME, THURSDAY, false).await.expect(201).body);
        assert_eq!(gym.booking(CHILD, cancelled).await["makeup_until"], Value::Null, "{kind}: R2.38");
        assert_eq!(gym.give_right(cancelled, until).await.expect(409).code(), "conflict", "{kind}: R3.36");
        assert_eq!(gym.give_right(second, until).await.expect(409).code(), "not_missed", "{kind}");
        // Of two cancelled bookings of one class, one gives a right.
        gym.cancel(CHILD, second).await.expect(200);
        gym.give_right(cancelled, until).await.expect(200);
        assert_eq!(gym.give_right(second, until).await.expect(409).code(), "conflict", "{kind}: R3.36");
        gym.close().await;
    }
}

/// Covers R3.36, R3.37, R3.38.
#[tokio::test]
async fn a_longer_right_is_reminded_of_anew_and_never_shorter() {
    for kind in kinds().await {
        let gym = Gym::on(kind).await;
        let told = async |of: &str| gym.kinds_told(CHILD).await.iter().filter(|kind| *kind == of).count();
        let sweep = async || gym.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
        let until = "2030-03-18T10:00:00.000Z";
        assert_eq!(gym.booking(CHILD, LEAVE).await["makeup_until"], until);
        for wrong in ["2030-03-18T09:59:59.999Z", "2030-03-03T00:00:00Z", "2030-08-31T10:00:00.001Z"] {
            let refused = gym.give_right(LEAVE, wrong).await.expect(400);
            assert_eq!(refused.code(), "invalid_request", "{kind}: R3.37, {wrong}");
        }
        gym.app.at("2030-03-16T00:00:00.000Z").await;
        sweep().await;
        let before = told("makeup_expiring").await;
        assert!(before >= 1, "{kind}");
        gym.give_right(LEAVE, "2030-08-31T10:00:00.000Z").await.expect(200);
        gym.app.at("2030-03-18T10:00:00.001Z").await;
        sweep().await;
        assert_eq!(told("makeup_expired").await, 1, "{kind}: the one of the week before");
        gym.app.at("2030-08-30T00:00:00.000Z").await;
        sweep().await;
        assert_eq!(told("makeup_expiring").await, before + 1, "{kind}: anew");
        gym.app.at("2030-08-31T10:00:00.001Z").await;
        sweep().await;
        assert_eq!(told("makeup_expired").await, 2, "{kind}");
        // A right that has ended can be given again.
        gym.give_right(OLD_LEAVE, "2030-09-01T00:00:00Z").await.expect(400);
        gym.close().await;
    }
}

/// Covers R3.27, R3.36.
#[tokio::test]
async fn a_right_is_not_given_beside_minutes_nor_for_what_was_not_missed() {
    let gym = Gym::new().await;
    let until = "2030-03-30T10:00:00.000Z";
    gym.grant(LEAVE, 90).await.expect(201);
    let paid = id(&gym.book(CHILD, SAME, THURSDAY, true).await.expect(201).body);
    gym.cancel(CHILD, paid).await.expect(200);
    assert_eq!(
        gym.give_right(paid, until).await.expect(409).code(),
        "conflict",
        "R3.27: its minutes came back"
    );
    let makeup = id(&gym.make_up(CHILD, LEAVE, SAME, THURSDAY).await.expect(201).body);
    let place = gym.place(makeup).await;
    gym.cancel_makeup(CHILD, makeup).await.expect(200);
    assert_eq!(gym.give_right(place, until).await.expect(409).code(), "not_missed", "its original is owed");
    let attended = id(&gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body);
    gym.app.at("2030-03-06T10:00:00.000Z").await;
    let path = format!("/bookings/{attended}/attendance");
    gym.by_staff(reqwest::Method::POST, &path, json!({"status": "absent"})).await.expect(200);
    // The policy gives an absence no right; staff do, until they find that the child came.
    gym.give_right(attended, until).await.expect(200);
    assert_eq!(gym.owed(FRIEND).await, [attended]);
    gym.by_staff(reqwest::Method::POST, &path, json!({"status": "completed"})).await.expect(200);
    assert_eq!(gym.owed(FRIEND).await, [0; 0], "R3.38");
    assert_eq!(gym.give_right(attended, until).await.expect(409).code(), "not_missed");
    assert_eq!(gym.give_right(999, until).await.expect(404).code(), "not_found");
    gym.close().await;
}
