//! Messages and their times, with the recorder, which accepts a message at commit.

use crate::gym::{CLASS, Gym};
use backend::service::queue::settle;
use logic::ids::SessionId;
use logic::policy::QuietHours;
use logic::session::Command;
use logic::{Instant, Policy};

const SPOT: &str = "spot_available";
const REMINDER: &str = "expiry_reminder";
const FRONT: &str = "waitlist_front";
const CLOSED: &str = "waitlist_closed";

#[tokio::test]
async fn the_recorder_accepts_a_message_at_commit() {
    let gym = Gym::new(2).await;
    gym.join(2).await;
    gym.free_the_seat().await;
    let outbox = gym.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!((outbox[0].status.as_str(), outbox[0].delivery.as_deref()), ("sent", Some("delivered")));
    assert_eq!(gym.sweep().await["delivered"], 0, "nothing is left for the dispatcher");
}

/// Covers R1.5, R2.72, R2.78.
#[tokio::test]
async fn an_unanswered_offer_gets_one_reminder_ten_minutes_before_its_deadline() {
    let gym = Gym::new(2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    gym.advance(20 * 60 - 1).await;
    assert_eq!(gym.sweep().await["reminded"], 0, "a second early");
    gym.advance(1).await;
    assert_eq!(gym.sweep().await["reminded"], 1, "to the second");
    gym.advance(60).await;
    assert_eq!(gym.sweep().await["reminded"], 0, "once");
    assert_eq!(gym.messages(2).await, [SPOT, REMINDER]);
    let row: (String, i32, String) = sqlx::query_as(
        "SELECT notification_type, notification_round, status FROM waitlist_notification \
         WHERE waitlist_id = ? ORDER BY id DESC LIMIT 1",
    )
    .bind(entry)
    .fetch_one(&mut *gym.db().await)
    .await
    .unwrap();
    assert_eq!(row, (REMINDER.to_owned(), 1, "sent".to_owned()));
    // The offer can still be answered after the reminder.
    gym.respond(2, entry, "confirm").await;
    assert_eq!(gym.entry(entry).await.0, "confirmed");
}

#[tokio::test]
async fn an_answered_offer_gets_no_reminder() {
    for action in ["confirm", "decline"] {
        let gym = Gym::new(2).await;
        let entry = gym.join(2).await;
        gym.free_the_seat().await;
        gym.respond(2, entry, action).await;
        gym.advance(25 * 60).await;
        assert_eq!(gym.sweep().await["reminded"], 0, "{action}");
        assert_eq!(gym.messages(2).await, [SPOT], "{action}");
    }
}

#[tokio::test]
async fn a_late_reminder_is_sent_only_while_the_offer_is_live() {
    let gym = Gym::new(3).await;
    gym.all_join(3).await;
    gym.free_the_seat().await;
    gym.advance(29 * 60).await;
    assert_eq!(gym.sweep().await["reminded"], 1, "late, but the offer is open");
    gym.advance(61).await;
    let done = gym.sweep().await;
    assert_eq!((&done["expired"], &done["promoted"], &done["reminded"]), (&1.into(), &1.into(), &0.into()));
    // The service is down longer than the second offer lasts, so that offer expires without a reminder.
    gym.advance(3600).await;
    let done = gym.sweep().await;
    assert_eq!((&done["expired"], &done["reminded"]), (&1.into(), &0.into()));
    assert_eq!(gym.messages(3).await, [FRONT, SPOT]);
}

#[tokio::test]
async fn each_offer_of_an_entry_has_its_own_reminder() {
    let gym = Gym::new(2).await;
    gym.join(2).await;
    gym.free_the_seat().await;
    gym.advance(31 * 60).await;
    gym.sweep().await;
    gym.advance(40 * 60).await;
    // The seat is booked, the member joins again, and the seat becomes free again.
    let token = gym.token(1);
    let body =
        serde_json::json!({"profile_id": 1, "course_schedule_id": 1, "booking_date": crate::gym::DATE});
    let booking = gym.app.post("/api/v1/bookings", Some(&token), body).await.expect(201).body["id"].clone();
    gym.join(2).await;
    gym.app.delete(&format!("/api/v1/bookings/{booking}"), Some(&token)).await.expect(200);
    gym.advance(20 * 60).await;
    assert_eq!(gym.sweep().await["reminded"], 1);
    assert_eq!(gym.messages(2).await, [SPOT, SPOT, REMINDER], "the first ran out in a stop");
}

#[tokio::test]
async fn an_entry_that_comes_to_the_front_gets_one_message() {
    let gym = Gym::new(5).await;
    let entries = gym.all_join(5).await;
    for member in 2..=5 {
        assert!(gym.messages(member).await.is_empty(), "joining an empty queue, or its end, is no news");
    }
    gym.free_the_seat().await;
    assert_eq!(
        (gym.messages(2).await, gym.messages(3).await),
        (vec![SPOT.to_owned()], vec![FRONT.to_owned()])
    );
    // Member 4 was not first and leaves, so nobody comes to the front.
    gym.app.delete(&format!("/api/v1/waitlist/{}", entries[2]), Some(&gym.token(4))).await.expect(200);
    assert_eq!((gym.messages(3).await.len(), gym.messages(5).await.len()), (1, 0));
    // Member 3 was first and leaves, so member 5 comes to the front.
    gym.app.delete(&format!("/api/v1/waitlist/{}", entries[1]), Some(&gym.token(3))).await.expect(200);
    assert_eq!(gym.messages(5).await, [FRONT]);
    // It is offered the seat and gets no second message about the front.
    gym.respond(2, entries[0], "decline").await;
    assert_eq!(gym.messages(5).await, [FRONT, SPOT]);
}

#[tokio::test]
async fn leaving_sends_one_message() {
    let gym = Gym::new(2).await;
    let entry = gym.join(2).await;
    for _ in 0..2 {
        gym.app.delete(&format!("/api/v1/waitlist/{entry}"), Some(&gym.token(2))).await.expect(200);
    }
    assert_eq!(gym.messages(2).await, ["waitlist_left"]);
}

#[tokio::test]
async fn closing_the_waitlist_sends_one_message_to_each_entry() {
    let gym = Gym::new(4).await;
    let entries = gym.all_join(4).await;
    // The last notification time, at which the waitlist is still open.
    gym.app.at("2030-03-05T03:30:00.000Z").await;
    assert_eq!(gym.sweep().await["closed"], 0);
    gym.app.at("2030-03-05T03:30:00.001Z").await;
    assert_eq!(gym.sweep().await["closed"], 3);
    gym.advance(60).await;
    assert_eq!(gym.sweep().await["closed"], 0);
    for (member, entry) in (2..).zip(entries) {
        assert_eq!(gym.messages(member).await, [CLOSED]);
        assert_eq!(gym.entry(entry).await.0, "expired");
    }
}

/// Covers R2.68, R2.69.
#[tokio::test]
async fn calling_a_class_off_sends_a_message_to_everyone() {
    let gym = Gym::new(4).await;
    let entries = gym.all_join(3).await;
    gym.free_the_seat().await;
    let session = gym.count("SELECT id FROM class_session").await;
    for _ in 0..2 {
        settle(&gym.app.app, SessionId(session), Command::CallOff, gym.now()).await.unwrap();
    }
    assert_eq!(gym.messages(2).await, [SPOT, "class_cancelled"], "the offer is void");
    assert_eq!(gym.messages(3).await, [FRONT, "class_cancelled"]);
    for entry in entries {
        assert_eq!(gym.entry(entry).await.0, "cancelled");
    }
    gym.advance(21 * 60).await;
    assert_eq!(gym.sweep().await["reminded"], 0, "a void offer is not reminded of");
}

/// Covers R2.49.
#[tokio::test]
async fn an_entry_inside_its_interval_is_offered_the_seat_when_the_interval_ends() {
    let gym = Gym::new(2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    gym.advance(60).await;
    gym.respond(2, entry, "decline").await;
    // Member 1 books the free seat again, member 2 waits, and the seat becomes free.
    let token = gym.token(1);
    let body =
        serde_json::json!({"profile_id": 1, "course_schedule_id": 1, "booking_date": crate::gym::DATE});
    let booking = gym.app.post("/api/v1/bookings", Some(&token), body).await.expect(201).body["id"].clone();
    gym.join(2).await;
    gym.app.delete(&format!("/api/v1/bookings/{booking}"), Some(&token)).await.expect(200);
    assert_eq!(gym.entry(entry).await.0, "waiting", "told a minute ago");
    gym.advance(59 * 60 - 1).await;
    assert_eq!(gym.sweep().await["promoted"], 0, "59:59 after");
    gym.advance(1).await;
    assert_eq!(gym.sweep().await["promoted"], 1, "60:00 after");
    assert_eq!(gym.messages(2).await, [SPOT, SPOT]);
}

/// Covers R2.12.
#[tokio::test]
async fn a_seat_freed_in_quiet_hours_is_offered_when_they_end() {
    let quiet = Some(QuietHours { from: 22 * 60, to: 7 * 60 });
    let gym = Gym::with(3, Policy { quiet_hours: quiet, ..Policy::default() }).await;
    let entries = gym.all_join(3).await;
    // 23:00 in Shanghai, which is in quiet hours.
    gym.app.at("2030-03-04T15:00:00.000Z").await;
    gym.free_the_seat().await;
    assert_eq!(gym.entry(entries[0]).await.0, "waiting");
    gym.app.at("2030-03-04T22:59:59.000Z").await;
    assert_eq!(gym.sweep().await["promoted"], 0, "06:59:59");
    gym.app.at("2030-03-04T23:00:00.000Z").await;
    assert_eq!(gym.sweep().await["promoted"], 1, "07:00:00");
    let deadline = Instant::parse_rfc3339("2030-03-04T23:30:00.000Z").unwrap();
    assert_eq!(gym.entry(entries[0]).await, ("notified".to_owned(), Some(deadline)));
    assert!(Instant::parse_rfc3339(CLASS).unwrap() > deadline);
}
