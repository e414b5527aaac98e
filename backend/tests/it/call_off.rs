//! Calling off a class with so many makeups that it takes several transactions.

use backend::service::call_off;
use backend::service::queue::settle;
use backend::service::sweep_runner::Stop;
use logic::ids::SessionId;
use logic::session::Command;
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

use crate::makeup_gym::troubles;

/// More makeups than two transactions give back.
const MAKEUPS: i64 = 120;
const CLASS: &str = "/api/v1/sessions/2/2030-03-06";

/// Opens a gym whose class on Wednesday has 120 makeups for the class on Monday, and one ordinary booking.
async fn open() -> TestApp {
    let app = TestApp::start().await;
    let ids = || 1..=MAKEUPS;
    let mut accounts: Vec<Value> = ids().map(|id| account(id, "member")).collect();
    accounts.push(account(500, "staff"));
    let missed = |id: i64| json!({"id": id, "profile_id": id, "course_schedule_id": 1, "booking_date": "2030-03-04", "status": "leave"});
    let mut bookings: Vec<Value> = ids().map(missed).collect();
    bookings.push(json!({
        "id": 500, "profile_id": 500, "course_schedule_id": 2, "booking_date": "2030-03-06", "status": "booked",
    }));
    let mut profiles: Vec<Value> = ids().map(profile).collect();
    profiles.push(profile(500));
    app.load(&json!({
        "courses": [{"id": 1, "name": "体操入门", "category": "gym", "duration_minutes": 60}],
        "schedules": [
            {"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 200},
            {"id": 2, "course_id": 1, "weekday": 3, "start_time": "18:00", "capacity": 200},
        ],
        "accounts": accounts, "profiles": profiles, "bookings": bookings,
    }))
    .await
    .unwrap();
    for id in ids() {
        let body = json!({
            "profile_id": id, "original_booking_id": id, "course_schedule_id": 2, "booking_date": "2030-03-06",
        });
        app.post("/api/v1/makeup/book", Some(&app.token(id, Role::Member)), body).await.expect(201);
    }
    app
}

fn account(id: i64, role: &str) -> Value {
    json!({"id": id, "openid": format!("o{id}"), "role": role})
}

fn profile(id: i64) -> Value {
    json!({"id": id, "account_id": id, "name": "小满"})
}

/// Makeups that are still to come, and messages that say that the class is called off.
async fn state(app: &TestApp) -> (i64, i64) {
    (
        app.count("SELECT COUNT(*) FROM makeup_booking WHERE status = 'confirmed'").await,
        app.count("SELECT COUNT(*) FROM message WHERE kind = 'class_cancelled'").await,
    )
}

async fn assert_consistent(app: &TestApp) {
    assert_eq!(troubles(&mut app.app.pool.acquire().await.unwrap()).await, [""; 0]);
}

async fn call_off(app: &TestApp, key: &str) -> Answer {
    let staff = app.token(500, Role::Staff);
    let request = app.request(reqwest::Method::POST, &format!("{CLASS}/cancel"), Some(&staff));
    app.send(request.header("idempotency-key", key).json(&json!({}))).await.expect(200)
}

#[tokio::test]
async fn a_large_class_is_called_off_in_parts_and_answered_once() {
    let app = open().await;
    let first = call_off(&app, "k").await;
    assert_eq!((&first.body["status"], &first.body["booked"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(state(&app).await, (0, MAKEUPS + 1), "every makeup is owed again, and everyone was told");
    assert_eq!(app.count("SELECT COUNT(*) FROM class_session WHERE call_off_due_at IS NOT NULL").await, 0);
    assert_consistent(&app).await;

    let repeated = call_off(&app, "k").await;
    assert_eq!((&repeated.body, repeated.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(call_off(&app, "another").await.body, first.body);
    assert_eq!(state(&app).await, (0, MAKEUPS + 1), "nobody is told twice");
}

#[tokio::test]
async fn what_a_killed_program_left_of_a_call_off_a_sweep_finishes() {
    let app = open().await;
    let session =
        SessionId(app.count("SELECT id FROM class_session WHERE booking_date = '2030-03-06'").await);
    // The first transaction alone, as if the program had been killed after it.
    settle(&app.app, session, Command::CallOff, app.app.clock.now()).await.unwrap();
    assert_eq!(state(&app).await, (MAKEUPS, 1), "only who paid nothing has been told");
    assert_eq!(app.count("SELECT COUNT(*) FROM booking WHERE status = 'booked'").await, 0);
    assert_consistent(&app).await;

    let swept = app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body;
    assert_eq!(swept["called_off"], MAKEUPS);
    assert_eq!(state(&app).await, (0, MAKEUPS + 1));
    assert_consistent(&app).await;
    let again = app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body;
    assert_eq!(again["called_off"], 0);
}

#[tokio::test]
async fn a_request_and_a_sweep_give_everything_back_once() {
    let app = open().await;
    let session =
        SessionId(app.count("SELECT id FROM class_session WHERE booking_date = '2030-03-06'").await);
    settle(&app.app, session, Command::CallOff, app.app.clock.now()).await.unwrap();
    let (now, stop) = (app.app.clock.now(), Stop::never());
    let sweep = call_off::finish(&app.app, session, now, &stop);
    let (_, swept) = tokio::join!(call_off(&app, "k"), sweep);
    assert!(swept.unwrap().is_done);
    assert_eq!(state(&app).await, (0, MAKEUPS + 1));
    assert_consistent(&app).await;
}

/// The request is answered 200 if its time is over and nothing is left to do.
#[tokio::test]
async fn a_stop_during_the_last_part_leaves_nothing() {
    let app = open().await;
    let session =
        SessionId(app.count("SELECT id FROM class_session WHERE booking_date = '2030-03-06'").await);
    settle(&app.app, session, Command::CallOff, app.app.clock.now()).await.unwrap();
    let mut given_back = 0;
    for is_done in [false, false, true] {
        let mut lock = app.app.pool.begin().await.unwrap();
        sqlx::query("SELECT id FROM profile FOR UPDATE").fetch_all(&mut *lock).await.unwrap();
        let (tell, told) = tokio::sync::watch::channel(false);
        let stop = Stop::new(told);
        let part = call_off::finish(&app.app, session, app.app.clock.now(), &stop);
        let asked_to_stop = async {
            let waits = "SELECT COUNT(*) FROM information_schema.processlist \
                         WHERE db = DATABASE() AND info LIKE '%profile_lock%' AND info NOT LIKE '%processlist%'";
            while app.count(waits).await == 0 {
                tokio::task::yield_now().await;
            }
            tell.send(true).unwrap();
            lock.rollback().await.unwrap();
        };
        let (part, ()) = tokio::join!(part, asked_to_stop);
        let part = part.unwrap();
        given_back += part.given_back;
        assert_eq!(part.is_done, is_done);
    }
    assert_eq!(given_back, 120);
    assert_eq!(state(&app).await, (0, MAKEUPS + 1));
}
