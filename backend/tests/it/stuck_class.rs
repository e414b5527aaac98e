//! A class whose row somebody keeps locked holds up those who want it, and nobody else.

use crate::gym::{DATE, Gym};
use futures_util::future::join_all;
use serde_json::json;

/// The connections that are in use.
fn in_use(gym: &Gym) -> usize {
    let pool = &gym.app.app.pool;
    usize::try_from(pool.size()).unwrap() - pool.num_idle()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_for_a_stuck_class_leave_connections_to_others() {
    let gym = Gym::new(31).await;
    let pool = backend::db::connect(&gym.app.database_url).await.unwrap();
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM class_session WHERE booking_date = ? FOR UPDATE")
        .bind(DATE)
        .fetch_all(&mut *lock)
        .await
        .unwrap();

    let book = async |member: i64| {
        let body = json!({"profile_id": member, "course_schedule_id": 1, "booking_date": DATE});
        gym.app.post("/api/v1/bookings", Some(&gym.token(member)), body).await
    };
    let bookings = join_all((2..=31).map(book));
    let others = async {
        // The others come once the class's share is taken.
        while in_use(&gym) < backend::db::CLASS_CONNECTIONS {
            tokio::task::yield_now().await;
        }
        // Other requests hold connections for moments; those that wait hold theirs all the time.
        let mut least = usize::MAX;
        for _ in 0..20 {
            gym.app.get("/api/v1/profiles", Some(&gym.token(1))).await.expect(200);
            least = least.min(in_use(&gym));
        }
        lock.rollback().await.unwrap();
        least
    };
    let (answers, least) = futures_util::join!(bookings, others);
    assert!(least <= backend::db::CLASS_CONNECTIONS, "{least} connections were in use all the time");
    assert!(answers.iter().all(|answer| answer.code() == "session_full"), "{answers:?}");
}
