//! What becomes of a write whose caller hangs up, whose COMMIT is not answered, which takes too long, or whose program
//! stops or is killed: it is done once, or not at all, and repeating it with its key tells.

mod commits;
mod hang_ups;
mod keys;
mod kills;
mod proxy;
mod stops;
mod timers;

use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::mysql::MySqlPool;
use sqlx::{MySql, Transaction};
use test_support::{Answer, TestApp};

const DATE: &str = "2030-03-05";
/// A class without a free seat.
const FULL: i64 = 1;
/// A class with many free seats.
const OPEN: i64 = 2;
/// Another, in the morning.
const EARLY: i64 = 3;
/// Another without a free seat.
const OFFERED: i64 = 4;
const STAFF: i64 = 500;

async fn app() -> &'static TestApp {
    with_classes(TestApp::start().await).await
}

/// Loads members 1 to 200 with a profile each, and the classes. Seat 1 of each class is booked by member 1.
async fn with_classes(app: TestApp) -> &'static TestApp {
    let members = 1..=200;
    let account = |n: i64, role: &str| json!({"id": n, "openid": format!("o{n}"), "role": role});
    let profile = |n: i64| json!({"id": n, "account_id": n, "name": "小满"});
    let schedule = |id: i64, time: &str, capacity: i64| json!({"id": id, "course_id": 1, "weekday": 2, "start_time": time, "capacity": capacity});
    let booking = |id: i64| json!({"id": id, "profile_id": 1, "course_schedule_id": id, "booking_date": DATE, "status": "booked"});
    let mut accounts: Vec<Value> = members.clone().map(|n| account(n, "member")).collect();
    accounts.push(account(STAFF, "staff"));
    app.load(&json!({
        "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": 60, "queue_capacity": 100}],
        "schedules": [
            schedule(FULL, "16:00", 1),
            schedule(OPEN, "18:00", 100),
            schedule(EARLY, "10:00", 100),
            schedule(OFFERED, "14:00", 1),
        ],
        "accounts": accounts,
        "profiles": members.map(profile).collect::<Vec<_>>(),
        "bookings": (FULL..=OFFERED).map(booking).collect::<Vec<_>>(),
    }))
    .await
    .unwrap();
    Box::leak(Box::new(app))
}

fn place(member: i64, class: i64) -> Value {
    json!({"profile_id": member, "course_schedule_id": class, "booking_date": DATE})
}

async fn send(
    app: &TestApp,
    member: i64,
    key: Option<&str>,
    (method, path, body): (Method, &str, &Value),
) -> Answer {
    let request = app.request(method, path, Some(&app.token(member, Role::Member)));
    let request = if body.is_null() { request } else { request.json(body) };
    app.send(key.into_iter().fold(request, |request, key| request.header("idempotency-key", key))).await
}

/// Books the open class for a member, with the key `k`.
async fn book(app: &TestApp, member: i64) -> Answer {
    send(app, member, Some("k"), (Method::POST, "/api/v1/bookings", &place(member, OPEN))).await
}

/// Asserts that an answer is what was answered first.
fn is_replay(again: &Answer) {
    assert_eq!(again.header("idempotency-replayed"), "true", "{}", again.text);
}

/// A second connection that holds the rows of all classes.
async fn hold(app: &TestApp) -> Transaction<'static, MySql> {
    let pool = MySqlPool::connect(&app.database_url).await.unwrap();
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM class_session FOR UPDATE").fetch_all(&mut *lock).await.unwrap();
    lock
}

/// Waits until that many transactions wait for the row of a class. Another connection may still show the last look of
/// this very function, which names the statement too.
async fn stuck(app: &TestApp, count: i64) {
    let waiting = "SELECT COUNT(*) FROM information_schema.processlist \
                   WHERE db = DATABASE() AND info LIKE '%class_session_lock%' AND info NOT LIKE '%processlist%'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&app.app.pool).await.unwrap() < count {
        tokio::task::yield_now().await;
    }
}

async fn count(app: &TestApp, query: &'static str, member: i64) -> i64 {
    sqlx::query_scalar(query).bind(member).fetch_one(&app.app.pool).await.unwrap()
}

// They wait for a transaction whose program is gone, and which the server has not ended yet.
const BOOKINGS: &str = "SELECT COUNT(*) FROM booking WHERE profile_id = ? LOCK IN SHARE MODE";
const KEYS: &str = "SELECT COUNT(*) FROM idempotency_key WHERE account_id = ? LOCK IN SHARE MODE";
