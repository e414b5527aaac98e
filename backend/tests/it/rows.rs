//! Rows that are not as a write expects them, and the locks that a write waits for.

use crate::gym::Gym;
use backend::store::{self, OutboxOutcome, OutboxStatus, SessionCounters, SessionDue, StoreError};
use logic::ids::{BookingId, PolicyId, SessionId, Ticket, WaitlistId};
use logic::status::{
    BookingStatus, Delivery, EntryStatus, MessageDelivery, NotificationStatus, SessionStatus,
};
use logic::{Instant, Minutes};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, Executor};

/// Asserts that a row was named as it was expected and as it is.
#[track_caller]
fn assert_names(done: Result<(), StoreError>, table: &str, id: i64, found: &str) {
    let error = done.expect_err("the row is not as expected");
    let StoreError::Unexpected { table: named, id: row, found: is, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!((*named, *row), (table, id), "{error}");
    assert!(is.contains(found), "{error}");
}

#[tokio::test]
async fn a_state_change_over_another_state_names_the_row() {
    let gym = Gym::new(3).await;
    let entry = WaitlistId(gym.join(2).await);
    let mut conn = gym.db().await;
    let (session, revision): (SessionId, i64) =
        sqlx::query_as("SELECT id, revision FROM class_session").fetch_one(&mut *conn).await.unwrap();
    // Nothing of this is kept: a count that differs is found after the rows were written.
    let mut tx = conn.begin().await.unwrap();
    let (conn, now, booking, ticket) = (&mut *tx, gym.now(), BookingId(1), Ticket(1));
    let later = Instant::clamped(now.millis() + 60_000);
    let counters = SessionCounters { capacity: 1, booked: 1, held: 0, waiting: 1, next_ticket: Ticket(2) };
    let due = SessionDue { at: None, offers_at: None, freed_at: None, call_off_at: None };

    let waits = r#""status": "waiting""#;
    let done = store::waitlist_confirm(conn, entry, ticket, now).await;
    assert_names(done, "waitlist", entry.0, waits);
    let done = store::waitlist_expire(conn, &[entry], &[ticket]).await;
    assert_names(done, "waitlist", entry.0, waits);
    let done = store::waitlist_cancel(conn, entry, EntryStatus::Waiting, Ticket(9)).await;
    assert_names(done, "waitlist", entry.0, r#""position": 1"#);
    let done = store::waitlist_move_deadline(conn, entry, now, later, None).await;
    assert_names(done, "waitlist", entry.0, waits);
    let done = store::waitlist_mark_reminded(conn, entry, 1).await;
    assert_names(done, "waitlist", entry.0, waits);
    let ended = NotificationStatus::Expired;
    let done = store::waitlist_notification_end_offers(conn, &[entry], ended, None, now).await;
    assert_names(done, "waitlist_notification of waitlist", entry.0, "is not there");
    let done = store::waitlist_notification_move_deadline(conn, entry, now, later, "").await;
    assert_names(done, "waitlist_notification of waitlist", entry.0, "is not there");

    let done =
        store::booking_set_attendance(conn, booking, BookingStatus::Absent, BookingStatus::Completed, now);
    assert_names(done.await, "booking", 1, r#""status": "booked""#);
    let done = store::booking_undo_leave(conn, booking).await;
    assert_names(done, "booking", 1, r#""status": "booked""#);
    let done = store::booking_end(conn, BookingId(77), BookingStatus::Cancelled, now).await;
    assert_names(done, "booking", 77, "is not there");
    let done = store::booking_cancel_class(conn, session, 2, now).await;
    assert_names(done, "class_session", session.0, "1");

    let old = (session, revision - 1);
    let found = format!(r#""revision": {revision}"#);
    let done = store::class_session_update(conn, old, &counters, SessionStatus::Scheduled, &due, None).await;
    assert_names(done, "class_session", session.0, &found);
    let done = store::class_session_touch(conn, old, PolicyId(1)).await;
    assert_names(done, "class_session", session.0, &found);
    let done = store::class_session_finish(conn, old, now).await;
    assert_names(done, "class_session", session.0, &found);
    let done = store::waitlist_end_waiting(conn, session, EntryStatus::Expired, 2).await;
    assert_names(done, "class_session", session.0, "1");
}

#[tokio::test]
async fn what_became_of_a_message_is_written_once() {
    let gym = Gym::new(2).await;
    let entry = WaitlistId(gym.join(2).await);
    gym.free_the_seat().await;
    let mut conn = gym.db().await;
    let conn = &mut *conn;
    let (offer, deadline) = store::waitlist_notification_open_offer(conn, entry).await.unwrap();
    let (deadline, later) = (deadline, gym.now().plus(Minutes(90)));
    let done = store::waitlist_notification_move_deadline(conn, entry, later, deadline, "").await;
    let until = deadline.to_rfc3339().replace(['T', 'Z'], " ");
    assert_names(done, "waitlist_notification of waitlist", entry.0, &until.trim()[..19]);

    // The recorder has taken it.
    let done =
        store::waitlist_notification_set_delivery(conn, offer, Delivery::Pending, Delivery::Failed).await;
    assert_names(done, "waitlist_notification", offer.0, r#""delivery": "delivered""#);
    let (message, uuid): (i64, String) =
        sqlx::query_as("SELECT id, uuid FROM message").fetch_one(&mut *conn).await.unwrap();
    let done =
        store::message_set_delivery(conn, &uuid, MessageDelivery::Pending, MessageDelivery::Failed).await;
    assert_names(done, "message", message, "delivered");
    let done =
        store::message_set_delivery(conn, "another", MessageDelivery::Pending, MessageDelivery::Failed).await;
    assert_names(done, "message", 0, "no row");

    conn.execute("UPDATE outbox SET claim_token = 'mine'").await.unwrap();
    let row = store::outbox_list_claimed(&mut *conn, "mine").await.unwrap().remove(0);
    let outcome = OutboxOutcome {
        status: OutboxStatus::Failed,
        not_before: row.not_before,
        error: None,
        sent_at: None,
        attempted: true,
    };
    let done = store::outbox_record(conn, &row, &outcome).await;
    assert_names(done.map(drop), "outbox", row.id, "sent");
    conn.execute("UPDATE outbox SET claim_token = NULL").await.unwrap();
    assert!(!store::outbox_record(conn, &row, &outcome).await.unwrap(), "its lease was lost");
}

/// A read that would have to guess is a fault (500): what is wrong is named in the log, and nobody is told a guess.
#[tokio::test]
async fn a_row_that_contradicts_itself_is_a_fault_and_is_not_repaired() {
    let gym = Gym::new(2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    let (app, token) = (&gym.app, gym.token(2));

    gym.db().await.execute("UPDATE waitlist_notification SET message_content = NULL").await.unwrap();
    app.get(&format!("/api/v1/waitlist/{entry}/notifications"), Some(&token)).await.expect(500);
    app.get("/api/v1/notifications/my?profile_id=2", Some(&token)).await.expect(500);

    // Minutes that were given back and never spent.
    gym.db()
        .await
        .execute(
            "INSERT INTO class_credit_compensation (profile_id, original_booking_id, compensation_minutes, \
             remaining_minutes) VALUES (2, 1, 30, 30); \
             INSERT INTO compensation_event (compensation_id, profile_id, kind, minutes, remaining_minutes) \
             SELECT id, 2, 'restored', 10, 30 FROM class_credit_compensation",
        )
        .await
        .unwrap();
    app.get("/api/v1/compensation/balance?profile_id=2", Some(&token)).await.expect(500);

    let path = format!("/api/v1/waitlist/{entry}/respond");
    let answer = || {
        let request = app.request(Method::PUT, &path, Some(&token)).header("idempotency-key", "k");
        app.send(request.json(&json!({"action": "decline"})))
    };
    answer().await.expect(200);
    answer().await.expect(200);
    gym.db().await.execute("UPDATE idempotency_key SET body = NULL").await.unwrap();
    answer().await.expect(500);
}

#[tokio::test]
async fn a_class_that_counts_other_entries_than_wait_is_named_and_left_as_it_is() {
    let gym = Gym::new(3).await;
    gym.all_join(3).await;
    gym.db().await.execute("UPDATE class_session SET waiting = 5").await.unwrap();
    gym.app.at("2030-03-05T03:30:00.001Z").await;
    gym.sweep().await;
    let (session, error): (i64, String) =
        sqlx::query_as("SELECT subject_id, error FROM sweep_setback WHERE task = 'queues'")
            .fetch_one(&mut *gym.db().await)
            .await
            .unwrap();
    let named = format!("class_session {session}: expected 5 waiting entries, found 2");
    assert!(error.contains(&named), "{error}");
    assert_eq!(gym.count("SELECT COUNT(*) FROM waitlist WHERE status = 'waiting'").await, 2);
}

#[tokio::test]
async fn no_write_waits_for_a_lock_out_of_the_order() {
    let gym = Gym::new(3).await;
    gym.join(2).await;
    let mut conn = gym.db().await;
    let mut other = conn.begin().await.unwrap();
    // As fixtures lock the timetable, and a write in another class a profile.
    for lock in [
        "SELECT id FROM course FOR UPDATE",
        "SELECT id FROM course_schedule FOR UPDATE",
        "SELECT id FROM profile WHERE id = 2 FOR UPDATE",
    ] {
        other.execute(lock).await.unwrap();
    }
    gym.join(3).await;
    gym.free_the_seat().await;
    assert_eq!(gym.count("SELECT COUNT(*) FROM waitlist WHERE status = 'notified'").await, 1, "member 2's");
    other.rollback().await.unwrap();
}
