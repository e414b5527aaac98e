//! A class whose row somebody keeps locked holds up those who want it, and nobody else.

use std::time::Duration;

use backend::db::{self, CLASS_CONNECTIONS};
use backend::service::Context;
use backend::service::sweep_runner::Stop;
use backend::sweeps::SWEEPS;
use futures_util::future::join_all;
use logic::status::Role;
use serde_json::json;
use sqlx::mysql::MySqlPool;
use sqlx::{MySql, Transaction};

use crate::gym::{DATE, Gym};

/// The connections that are in use.
fn in_use(pool: &MySqlPool) -> usize {
    usize::try_from(pool.size()).unwrap() - pool.num_idle()
}

/// The token of a coach.
async fn coach(gym: &Gym) -> String {
    gym.app.load(&json!({"accounts": [{"id": 99, "openid": "coach", "role": "staff"}]})).await.unwrap();
    gym.app.token(99, Role::Staff)
}

/// Locks the class, as something that is stuck does.
async fn lock_class(gym: &Gym) -> Transaction<'static, MySql> {
    let pool = db::connect(&gym.app.database_url).await.unwrap();
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM class_session WHERE booking_date = ? FOR UPDATE")
        .bind(DATE)
        .fetch_all(&mut *lock)
        .await
        .unwrap();
    lock
}

/// Once `expected` connections are in use, the fewest that are, while others read: they hold connections for moments;
/// those that wait for the class hold theirs all the time. Gives the class free afterwards.
async fn held_all_the_time(
    gym: &Gym,
    pool: &MySqlPool,
    expected: usize,
    lock: Transaction<'static, MySql>,
) -> usize {
    while in_use(pool) < expected {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut least = usize::MAX;
    for _ in 0..20 {
        gym.app.get("/api/v1/profiles", Some(&gym.token(1))).await.expect(200);
        least = least.min(in_use(pool));
    }
    lock.rollback().await.unwrap();
    least
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_of_a_stuck_class_leave_connections_to_others() {
    let gym = Gym::new(31).await;
    let lock = lock_class(&gym).await;
    let book = async |member: i64| {
        let body = json!({"profile_id": member, "course_schedule_id": 1, "booking_date": DATE});
        gym.app.post("/api/v1/bookings", Some(&gym.token(member)), body).await
    };
    let others = held_all_the_time(&gym, &gym.app.app.pool, CLASS_CONNECTIONS, lock);
    let (answers, least) = futures_util::join!(join_all((2..=31).map(book)), others);
    assert!(least <= CLASS_CONNECTIONS, "{least} connections were in use all the time");
    assert!(answers.iter().all(|answer| answer.code() == "session_full"), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coalesced_joins_of_a_stuck_class_hold_one_connection() {
    let gym = Gym::new(31).await;
    let lock = lock_class(&gym).await;
    let join = async |member: i64| {
        let body = json!({"profile_id": member, "course_schedule_id": 1, "booking_date": DATE});
        gym.app.post("/api/v1/waitlist/join", Some(&gym.token(member)), body).await
    };
    let others = held_all_the_time(&gym, &gym.app.app.pool, 1, lock);
    let (answers, least) = futures_util::join!(join_all((2..=31).map(join)), others);
    assert!(least <= 1 + CLASS_CONNECTIONS, "{least} connections were in use all the time");
    let joined = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(joined, 8, "as many as the list takes: {answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_by_id_to_a_stuck_class_leave_connections_to_others() {
    let gym = Gym::new(3).await;
    let entries = gym.all_join(3).await;
    let lock = lock_class(&gym).await;
    let staff = coach(&gym).await;
    let notify = async |_| {
        gym.app.post("/api/v1/waitlist/notify", Some(&staff), json!({"waitlist_ids": entries})).await
    };
    let others = held_all_the_time(&gym, &gym.app.app.pool, CLASS_CONNECTIONS, lock);
    let (answers, least) = futures_util::join!(join_all((0..24).map(notify)), others);
    assert!(least <= CLASS_CONNECTIONS, "{least} connections were in use all the time");
    for answer in answers {
        assert_eq!(answer.expect(200).body["results"].as_array().unwrap().len(), 2);
    }
}

/// Every sweep whose rows are many to a class.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reminders_of_a_stuck_class_leave_connections_to_other_sweeps() {
    let gym = Gym::new(9).await;
    gym.all_join(9).await;
    let staff = coach(&gym).await;
    let path = format!("/api/v1/sessions/1/{DATE}/capacity");
    gym.app.put(&path, Some(&staff), json!({"capacity": 9})).await.expect(200);
    gym.advance(25 * 60).await;
    let lock = lock_class(&gym).await;
    let context: Context = gym.app.app.for_sweeps();
    let sweep = SWEEPS.iter().find(|sweep| sweep.name == "reminders").unwrap();
    let sweeping = async {
        let stop = Stop::never();
        tokio::time::timeout(Duration::from_secs(60), sweep.run(&context, &stop)).await.unwrap().unwrap()
    };
    let others = held_all_the_time(&gym, &context.pool, CLASS_CONNECTIONS, lock);
    let (counts, least) = futures_util::join!(sweeping, others);
    assert!(least <= CLASS_CONNECTIONS, "{least} connections were in use all the time");
    assert_eq!(counts["reminded"], 8);
}
