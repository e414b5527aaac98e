//! `Idempotency-Key`: a repeated write is executed once and answered in the same way.

use logic::ids::AccountId;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::Answer;

use crate::gym::{Gym, place};

async fn keyed(gym: &Gym, key: &str, who: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = gym.app.request(method, &format!("/api/v1{path}"), Some(who));
    gym.app.send(request.header("idempotency-key", key).json(body)).await
}

async fn join(gym: &Gym, key: &str, profile: i64) -> Answer {
    keyed(gym, key, &gym.pa, Method::POST, "/waitlist/join", &place(profile)).await
}

/// Asserts that an answer is a replay of another.
fn is_replay(again: &Answer, first: &Answer) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
}

#[tokio::test]
async fn a_repeated_write_is_executed_once() {
    let gym = Gym::open().await;
    let first = join(&gym, "k", 21).await.expect(201);
    // Changes in between do not affect the stored answer.
    gym.cancel_booking().await;
    is_replay(&join(&gym, "k", 21).await, &first);
    assert_eq!(gym.count("SELECT COUNT(*) FROM waitlist").await, 1);
    assert_eq!(join(&gym, "k2", 21).await.expect(409).code(), "already_waiting", "another key asks anew");
}

#[tokio::test]
async fn who_is_no_guardian_any_more_is_told_no_stored_answer() {
    let gym = Gym::open().await;
    join(&gym, "k", 21).await.expect(201);
    sqlx::query("DELETE FROM guardian WHERE profile_id = 21").execute(&gym.app.app.pool).await.unwrap();
    for is_first in ["0", "1"] {
        let again = gym.app.request(Method::POST, "/api/v1/waitlist/join", Some(&gym.pa));
        let again = again.header("idempotency-key", "k").header("idempotency-first", is_first);
        gym.app.send(again.json(&place(21))).await.expect(404);
    }
}

#[tokio::test]
async fn a_refusal_of_a_rule_is_stored() {
    let gym = Gym::open().await;
    let book = async || keyed(&gym, "k", &gym.pa, Method::POST, "/bookings", &place(21)).await;
    let first = book().await.expect(409);
    assert_eq!(first.code(), "session_full");
    gym.cancel_booking().await;
    let again = book().await;
    is_replay(&again, &first);
    assert_eq!(again.header("content-type"), "application/problem+json");
    assert_ne!(
        again.header("x-request-id"),
        first.header("x-request-id"),
        "the answer is old, the request new"
    );
    assert_eq!(gym.count("SELECT COUNT(*) FROM booking").await, 1);
}

/// A class that nobody has asked for yet has no row, and a refused request makes none.
#[tokio::test]
async fn a_refusal_in_a_class_without_a_row_is_stored() {
    let gym = Gym::open().await;
    let next_week = json!({"profile_id": 21, "course_schedule_id": 1, "booking_date": "2030-03-18"});
    for (key, who) in [("k", &gym.pa), ("s", &gym.coach)] {
        let join = async || keyed(&gym, key, who, Method::POST, "/waitlist/join", &next_week).await;
        let first = join().await.expect(409);
        assert_eq!(first.code(), "spot_available");
        is_replay(&join().await, &first);
        let other = keyed(&gym, key, who, Method::POST, "/bookings", &next_week).await;
        assert_eq!(other.expect(409).code(), "idempotency_key_reused");
    }
    assert_eq!(gym.count("SELECT COUNT(*) FROM class_session WHERE booking_date = '2030-03-18'").await, 0);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_account() {
    let gym = Gym::open().await;
    let first = join(&gym, "k", 21).await.expect(201);
    let id = first.body["id"].as_i64().unwrap();
    for reused in [
        join(&gym, "k", 22).await,
        keyed(&gym, "k", &gym.pa, Method::POST, "/bookings", &place(21)).await,
        keyed(&gym, "k", &gym.pa, Method::DELETE, &format!("/waitlist/{id}"), &place(21)).await,
    ] {
        assert_eq!(reused.expect(409).code(), "idempotency_key_reused");
    }
    is_replay(&join(&gym, "k", 21).await, &first);
    let other = keyed(&gym, "k", &gym.ma, Method::POST, "/waitlist/join", &place(12)).await.expect(201);
    assert_eq!(other.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn keys_are_stored_for_a_day_of_service_time() {
    let gym = Gym::open().await;
    let first = join(&gym, "k", 21).await.expect(201);
    gym.advance(24 * 3600 - 1).await;
    is_replay(&join(&gym, "k", 21).await, &first);
    gym.advance(1).await;
    let anew = join(&gym, "k", 21).await.expect(409);
    assert_eq!((anew.code(), anew.header("idempotency-replayed")), ("already_waiting", ""));
    gym.advance(24 * 3600).await;
    join(&gym, "k", 22).await.expect(201);
}

#[tokio::test]
async fn only_well_formed_keys_are_accepted() {
    let gym = Gym::open().await;
    let before = gym.rows().await;
    for key in ["", &"x".repeat(65), "schlüssel", "a\tb"] {
        let request = gym.app.request(Method::POST, "/api/v1/waitlist/join", Some(&gym.pa));
        let value = reqwest::header::HeaderValue::from_bytes(key.as_bytes()).unwrap();
        let answer = gym.app.send(request.header("idempotency-key", value).json(&place(21))).await;
        assert_eq!(answer.expect(400).code(), "invalid_request", "{key}");
    }
    let twice = gym.app.request(Method::POST, "/api/v1/waitlist/join", Some(&gym.pa));
    let twice = twice.header("idempotency-key", "a").header("idempotency-key", "b");
    gym.app.send(twice.json(&place(21))).await.expect(400);
    assert_eq!(gym.rows().await, before);
    join(&gym, &"~ !".repeat(21), 21).await.expect(201);
}

/// During an upgrade an older program may work on a request: it claims the key first, and stores the answer afterwards.
#[tokio::test]
async fn a_request_that_an_older_program_works_on_holds_its_key() {
    let gym = Gym::open().await;
    join(&gym, "k", 21).await.expect(201);
    let claimed = async |until: &'static str| {
        sqlx::query("UPDATE idempotency_key SET status_code = NULL, body = NULL, locked_until = ?")
            .bind(until)
            .execute(&gym.app.app.pool)
            .await
            .unwrap();
    };
    claimed("2037-01-01 00:00:00").await;
    let busy = join(&gym, "k", 21).await.expect(503);
    assert_eq!((busy.code(), busy.header("retry-after")), ("unavailable", "1"));
    claimed("2020-01-01 00:00:00").await;
    let taken_over = join(&gym, "k", 21).await.expect(409);
    assert_eq!(taken_over.code(), "already_waiting", "it died: the rules see what it did");
    is_replay(&join(&gym, "k", 21).await, &taken_over);
}

#[tokio::test]
async fn one_of_many_concurrent_requests_with_a_key_writes() {
    let gym = Gym::open().await;
    let gym = &gym;
    let answers = futures_util::future::join_all((0..9).map(|_| join(gym, "k", 21))).await;
    let (replays, first): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.header("idempotency-replayed") == "true");
    let [first] = &first[..] else { panic!("{first:?}") };
    assert_eq!(first.status, 201);
    replays.iter().for_each(|replay| is_replay(replay, first));
    assert_eq!(gym.count("SELECT COUNT(*) FROM waitlist").await, 1);
}

/// A request that finds its answer stored holds its key while it looks: those who come meanwhile are told too.
#[tokio::test]
async fn who_waits_for_a_request_that_is_replayed_is_replayed_too() {
    let gym = Gym::open().await;
    let first = join(&gym, "k", 21).await.expect(201);
    // Nobody can look for the key.
    let mut table = gym.app.app.pool.acquire().await.unwrap();
    sqlx::raw_sql("LOCK TABLES idempotency_key WRITE").execute(&mut *table).await.unwrap();
    let repeats = futures_util::future::join_all((0..3).map(|_| join(&gym, "k", 21)));
    let other = async {
        while gym.app.app.keys_under_way.waiting(AccountId(2), "k") < 2 {
            tokio::task::yield_now().await;
        }
        sqlx::raw_sql("UNLOCK TABLES").execute(&mut *table).await.unwrap();
    };
    let (answers, ()) = tokio::join!(repeats, other);
    answers.iter().for_each(|again| is_replay(again, &first));
}

#[tokio::test]
async fn an_internal_error_is_not_stored() {
    let gym = Gym::open().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&gym.app.app.pool).await.unwrap();
    };
    let raise = async || {
        let body = json!({"capacity": 3});
        keyed(&gym, "k", &gym.coach, Method::PUT, "/sessions/1/2030-03-11/capacity", &body).await
    };
    rename("audit", "audit_away").await;
    assert_eq!(raise().await.expect(500).code(), "internal");
    rename("audit_away", "audit").await;
    let body = raise().await.expect(200).body;
    assert_eq!(body["capacity"], 3, "and the first try changed nothing: a write and its record are one");
}

#[tokio::test]
async fn a_key_without_a_body_and_a_body_too_large() {
    let gym = Gym::open().await;
    let id = gym.join(21).await;
    let leave = async || {
        let request = gym.app.request(Method::DELETE, &format!("/api/v1/waitlist/{id}"), Some(&gym.pa));
        gym.app.send(request.header("idempotency-key", "k")).await
    };
    let first = leave().await.expect(200);
    is_replay(&leave().await, &first);
    let large = json!({"profile_id": 22, "pad": "x".repeat(70_000)});
    let answer = keyed(&gym, "l", &gym.pa, Method::POST, "/waitlist/join", &large).await;
    assert_eq!(answer.expect(413).code(), "payload_too_large");
    join(&gym, "l", 22).await.expect(201);
}
