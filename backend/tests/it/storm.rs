//! A storm of joins: they are coalesced into one transaction, and each answer is the same as for a single join.

use chrono::NaiveDate;
use futures_util::future::join_all;
use logic::ids::ScheduleId;
use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use test_support::{Answer, TestApp};
use tokio::task::JoinHandle;

/// The stormed class, and the one that gets the same requests one by one. Both are on a Thursday.
const STORMED: i64 = 1;
const QUIET: i64 = 2;
const DATE: &str = "2030-03-07";
/// Five classes that use up a profile's waitlists.
const OTHERS: std::ops::RangeInclusive<i64> = 11..=15;
/// The profile whose bookings fill both classes.
const HOLDER: i64 = 900;

/// Returns fixtures with two full classes of one seat and a queue capacity of `queue`, and accounts 1 to `families` with
/// one profile each, of the same id.
async fn gym(families: i64, queue: u32) -> &'static TestApp {
    let app = TestApp::start().await;
    let course = |id: i64| json!({"id": id, "name": "体操", "category": "gym", "duration_minutes": 60, "queue_capacity": queue});
    let schedule = |id: i64, seats: i64| json!({"id": id, "course_id": id, "weekday": 4, "start_time": format!("{:02}:00", 6 + id), "capacity": seats});
    let ids: Vec<i64> = [STORMED, QUIET].into_iter().chain(OTHERS).collect();
    let people: Vec<i64> = (1..=families).chain([HOLDER]).collect();
    let booked = |(id, class): (i64, &i64)| json!({"id": id, "profile_id": HOLDER, "course_schedule_id": class, "booking_date": DATE, "status": "booked"});
    let accounts: Vec<Value> = people
        .iter()
        .map(|id| json!({"id": id, "openid": format!("openid-{id}"), "role": "member"}))
        .collect();
    app.load(&json!({
        "courses": ids.iter().map(|id| course(*id)).collect::<Vec<_>>(),
        "schedules": ids.iter().map(|id| schedule(*id, 1)).collect::<Vec<_>>(),
        "accounts": accounts,
        "profiles": people
            .iter()
            .map(|id| json!({"id": id, "account_id": id, "name": format!("小朋友{id}")}))
            .collect::<Vec<_>>(),
        "bookings": (1..).zip(&ids).map(booked).collect::<Vec<_>>(),
    }))
    .await
    .unwrap();
    // Requests in flight borrow it.
    Box::leak(Box::new(app))
}

async fn join(app: &TestApp, account: i64, profile: i64, class: i64) -> Answer {
    let ask = json!({"profile_id": profile, "course_schedule_id": class, "booking_date": DATE});
    app.post("/api/v1/waitlist/join", Some(&app.token(account, Role::Member)), ask).await
}

/// The part of an entry that its caller sees.
fn told(answer: &Answer) -> (u16, Value, Value, Value) {
    let field = |name: &str| answer.body[name].clone();
    (answer.status, field("code"), field("position"), field("status"))
}

/// Locks the row of the stormed class, so that joins must wait.
async fn hold(app: &TestApp) -> MySqlConnection {
    let mut conn = MySqlConnection::connect(&app.database_url).await.unwrap();
    for statement in ["BEGIN", "SELECT id FROM class_session WHERE course_schedule_id = 1 FOR UPDATE"] {
        sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
    }
    conn
}

fn class() -> (ScheduleId, NaiveDate) {
    (ScheduleId(STORMED), DATE.parse().unwrap())
}

/// Waits until `count` joins are queued for the next batch.
async fn waiting(app: &TestApp, count: usize) {
    while app.app.waitlist.joins.waiting(&class()) != count {
        tokio::task::yield_now().await;
    }
}

/// Sends a join that runs alone and is blocked, and then `others`, in that order, as the batch behind it.
async fn behind_a_blocked_one<F>(
    app: &'static TestApp,
    first: i64,
    others: impl IntoIterator<Item = F>,
) -> (MySqlConnection, Vec<JoinHandle<Answer>>)
where
    F: Future<Output = Answer> + Send + 'static,
{
    let lock = hold(app).await;
    let mut sent = vec![tokio::spawn(join(app, first, first, STORMED))];
    // Wait until the leader of the batch has taken it.
    while !app.app.waitlist.joins.is_led(&class()) {
        tokio::task::yield_now().await;
    }
    waiting(app, 0).await;
    for (index, other) in (1..).zip(others) {
        sent.push(tokio::spawn(other));
        waiting(app, index).await;
    }
    (lock, sent)
}

async fn tickets(app: &TestApp, class: i64) -> Vec<(i64, i64)> {
    sqlx::query_as(
        "SELECT profile_id, `position` FROM waitlist WHERE course_schedule_id = ? AND status = 'waiting' \
         ORDER BY `position`",
    )
    .bind(class)
    .fetch_all(&app.app.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn of_200_joins_for_50_places_the_first_50_succeed() {
    let app = gym(200, 50).await;
    let answers = join_all((1..=200).map(|family| join(app, family, family, STORMED))).await;
    let mut places: Vec<i64> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.body["position"].as_i64().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, (1..=50).collect::<Vec<_>>());
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.code(), "queue_full", "{}", answer.text);
    }
    let (waiting, next): (u32, i64) =
        sqlx::query_as("SELECT waiting, next_ticket FROM class_session WHERE course_schedule_id = 1")
            .fetch_one(&app.app.pool)
            .await
            .unwrap();
    assert_eq!((waiting, next), (50, 51));
    // Every answer shows the stored position.
    let held = tickets(app, STORMED).await;
    for answer in answers.iter().filter(|answer| answer.status == 201) {
        let (profile, place) = (answer.body["profile_id"].as_i64(), answer.body["position"].as_i64());
        assert!(held.iter().any(|(owner, ticket)| (Some(*owner), Some(*ticket)) == (profile, place)));
    }
}

#[tokio::test]
async fn each_join_of_a_batch_is_answered_as_if_it_were_alone() {
    let app = gym(20, 8).await;
    for class in [STORMED, QUIET] {
        join(app, 2, 2, class).await.expect(201);
        let left = join(app, 3, 3, class).await.expect(201);
        let path = format!("/api/v1/waitlist/{}", left.body["id"]);
        app.delete(&path, Some(&app.token(3, Role::Member))).await.expect(200);
    }
    for class in OTHERS {
        join(app, 4, 4, class).await.expect(201);
    }
    // Account and profile: accepted, already waiting, a row that opens again, on too many waitlists, booked, of another
    // account, unknown, accepted. The queue of 8 is full before the last.
    let asks = [
        (5, 5),
        (2, 2),
        (3, 3),
        (4, 4),
        (HOLDER, HOLDER),
        (6, 7),
        (6, 999),
        (8, 8),
        (9, 9),
        (10, 10),
        (11, 11),
        (12, 12),
    ];
    let (lock, sent) =
        behind_a_blocked_one(app, 1, asks.map(|(account, profile)| join(app, account, profile, STORMED)))
            .await;
    drop(lock);
    let together: Vec<_> = join_all(sent).await.into_iter().map(|answer| told(&answer.unwrap())).collect();
    let mut alone = Vec::new();
    for (account, profile) in [(1, 1)].into_iter().chain(asks) {
        alone.push(told(&join(app, account, profile, QUIET).await));
    }
    assert_eq!(together, alone);
    let codes: Vec<_> = alone.iter().filter_map(|told| told.1.as_str()).collect();
    assert_eq!(
        codes,
        ["already_waiting", "too_many_waitlists", "already_booked", "not_found", "not_found", "queue_full"]
    );
    assert_eq!(tickets(app, STORMED).await, tickets(app, QUIET).await);
}

#[tokio::test]
async fn free_seats_are_offered_within_a_batch() {
    let app = gym(5, 8).await;
    join(app, 1, 1, STORMED).await.expect(201);
    let (lock, sent) =
        behind_a_blocked_one(app, 2, [3, 4].map(|profile| join(app, profile, profile, STORMED))).await;
    // 1 is inside its interval, so two seats are free.
    sqlx::query("UPDATE waitlist SET last_notified_at = ?")
        .bind(chrono::DateTime::<chrono::Utc>::from(app.app.clock.now()))
        .execute(&app.app.pool)
        .await
        .unwrap();
    let mut lock = lock;
    for statement in ["UPDATE class_session SET capacity = 3 WHERE course_schedule_id = 1", "COMMIT"] {
        sqlx::raw_sql(statement).execute(&mut lock).await.unwrap();
    }
    let places: Vec<_> =
        join_all(sent).await.into_iter().map(|answer| told(&answer.unwrap().expect(201))).collect();
    let place = |position: i64, status: &str| (201, Value::Null, json!(position), json!(status));
    assert_eq!(places, [place(0, "notified"), place(0, "notified"), place(2, "waiting")]);
}

#[tokio::test]
async fn the_same_profile_twice_in_a_batch_joins_once() {
    let app = gym(3, 8).await;
    let (lock, sent) =
        behind_a_blocked_one(app, 1, [2, 2, 3].map(|profile| join(app, profile, profile, STORMED))).await;
    drop(lock);
    let mut answers: Vec<_> = join_all(sent).await.into_iter().map(|answer| told(&answer.unwrap())).collect();
    answers.remove(0);
    answers.sort_by_key(|told| told.0);
    let codes: Vec<_> = answers.iter().map(|told| (told.0, told.1.as_str())).collect();
    assert_eq!(codes, [(201, None), (201, None), (409, Some("already_waiting"))]);
    assert_eq!(tickets(app, STORMED).await, [(1, 1), (2, 2), (3, 3)]);
}

#[tokio::test]
async fn a_join_that_the_database_refuses_affects_no_other() {
    let app = gym(4, 8).await;
    sqlx::raw_sql(
        "CREATE TRIGGER poison BEFORE INSERT ON waitlist FOR EACH ROW \
         IF NEW.profile_id = 3 THEN SIGNAL SQLSTATE '45000'; END IF",
    )
    .execute(&app.app.pool)
    .await
    .unwrap();
    let (lock, sent) =
        behind_a_blocked_one(app, 1, [2, 3, 4].map(|profile| join(app, profile, profile, STORMED))).await;
    drop(lock);
    let statuses: Vec<_> = join_all(sent).await.into_iter().map(|answer| answer.unwrap().status).collect();
    assert_eq!(statuses, [201, 201, 500, 201]);
    let mut waiting: Vec<_> = tickets(app, STORMED).await.into_iter().map(|(profile, _)| profile).collect();
    waiting.sort_unstable();
    assert_eq!(waiting, [1, 2, 4]);
}

/// A join of a profile by its own account, with the key `k`.
async fn keyed(app: &TestApp, profile: i64, class: i64, is_first: bool) -> Answer {
    let ask = json!({"profile_id": profile, "course_schedule_id": class, "booking_date": DATE});
    let request = app.request(Method::POST, "/api/v1/waitlist/join", Some(&app.token(profile, Role::Member)));
    let request = if is_first { request.header("idempotency-first", "1") } else { request };
    app.send(request.header("idempotency-key", "k").json(&ask)).await
}

/// One of them was sent before and has its answer; under the key of another lies an answer that is too old to count.
#[tokio::test]
async fn a_repeat_that_calls_itself_a_first_attempt_is_told_the_stored_answer() {
    let app = gym(5, 8).await;
    let stored = keyed(app, 3, STORMED, true).await.expect(201);
    let dead = "INSERT INTO idempotency_key (account_id, `key`, request_hash, status_code, body, created_at) \
                VALUES (4, 'k', REPEAT('x', 32), 201, '{}', '2030-03-01')";
    sqlx::query(dead).execute(&app.app.pool).await.unwrap();
    let others = [2, 3, 4, 5].map(|profile| keyed(app, profile, STORMED, true));
    let (lock, sent) = behind_a_blocked_one(app, 1, others).await;
    drop(lock);
    let answers: Vec<_> = join_all(sent).await.into_iter().map(Result::unwrap).collect();
    let replayed = answers.iter().map(|answer| (answer.status, answer.header("idempotency-replayed")));
    assert_eq!(replayed.collect::<Vec<_>>(), [(201, ""), (201, ""), (201, "true"), (201, ""), (201, "")]);
    assert_eq!(answers[2].text, stored.text);
    let mut queued: Vec<_> = tickets(app, STORMED).await.into_iter().map(|(profile, _)| profile).collect();
    queued.sort_unstable();
    assert_eq!(queued, [1, 2, 3, 4, 5]);
}

/// Another service stores an answer under the key of one of them while the batch waits for its profiles.
#[tokio::test]
async fn a_key_that_is_taken_meanwhile_fails_its_own_join_alone() {
    let app = gym(4, 8).await;
    let other: &TestApp = Box::leak(Box::new(app.beside().await));
    let others = [2, 3, 4].map(|profile| keyed(app, profile, STORMED, false));
    let (lock, sent) = behind_a_blocked_one(app, 1, others).await;
    let mut profile = app.app.pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM profile WHERE id = 2 FOR UPDATE").fetch_one(&mut *profile).await.unwrap();
    drop(lock);
    let waits = "SELECT COUNT(*) FROM information_schema.processlist \
                 WHERE db = DATABASE() AND info LIKE '%profile_lock%' AND info NOT LIKE '%processlist%'";
    while app.count(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    keyed(other, 3, QUIET, false).await.expect(201);
    profile.rollback().await.unwrap();
    let answers: Vec<_> = join_all(sent).await.into_iter().map(|answer| told(&answer.unwrap())).collect();
    let codes: Vec<_> = answers.iter().map(|told| (told.0, told.1.as_str())).collect();
    assert_eq!(codes, [(201, None), (201, None), (409, Some("idempotency_key_reused")), (201, None)]);
    let mut queued: Vec<_> = tickets(app, STORMED).await.into_iter().map(|(profile, _)| profile).collect();
    queued.sort_unstable();
    assert_eq!(queued, [1, 2, 4]);
}

#[tokio::test]
async fn entries_read_in_one_batch_are_not_mixed_up() {
    let app = gym(40, 50).await;
    let entries = join_all((1..=40).map(|family| join(app, family, family, STORMED))).await;
    let read = |answer: &Answer| {
        let (id, owner) = (answer.body["id"].clone(), answer.body["profile_id"].as_i64().unwrap());
        async move {
            let token = app.token(owner, Role::Member);
            let place = app.get(&format!("/api/v1/waitlist/position/{id}"), Some(&token)).await.expect(200);
            assert_eq!(place.body["waitlist_id"], id);
            place.body["position"].clone()
        }
    };
    let places = join_all(entries.iter().map(read)).await;
    for (entry, place) in entries.iter().zip(places) {
        assert_eq!(entry.body["position"], place);
    }
    // One of the ids does not exist.
    let token = app.token(1, Role::Member);
    let paths = ["/api/v1/waitlist/position/77", "/api/v1/waitlist/position/1000000"];
    let [none, some] = paths.map(|path| app.get(path, Some(&token)));
    let (none, _) = tokio::join!(none, some);
    assert_eq!((none.status, none.code()), (404, "not_found"));
}
