//! A program that is asked to stop.

use std::net::TcpStream;

use super::*;
use crate::serving::{Serving, gym};
use chrono::NaiveDate;
use logic::ids::ScheduleId;

/// The program over the database of `app`, whose tokens it takes.
fn serving(app: &TestApp, dir: &tempfile::TempDir) -> Serving {
    let mut command = gym(dir.path());
    command.env("DATABASE_URL", &app.database_url).env("GYM_JWT_KEY", app.key_file());
    Serving::spawn(command.args(["serve", "--dev-clock"]))
}

/// Books the open class at a program, with the key `k`; the answer's status, and its detail if it is a problem.
async fn book_at(base: String, token: String, member: i64) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{base}/api/v1/bookings")).bearer_auth(token);
    let request = request.header("idempotency-key", "k").json(&place(member, OPEN));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["detail"].clone())
}

#[tokio::test]
async fn a_stop_refuses_connections_and_lets_the_write_that_has_begun_end() {
    let app = app().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serving = serving(app, &dir);
    let lock = hold(app).await;
    let sent = tokio::spawn(book_at(serving.base.clone(), app.token(40, Role::Member), 40));
    stuck(app, 1).await;
    serving.signal("-TERM");
    while TcpStream::connect(serving.base.trim_start_matches("http://")).is_ok() {
        tokio::task::yield_now().await;
    }
    lock.rollback().await.unwrap();
    assert_eq!(sent.await.unwrap().0, 201);
    let (status, log) = serving.wait();
    assert!(status.success() && !log.contains("cut off"), "{status} {log}");
    is_replay(&book(app, 40).await.expect(201));
    assert_eq!(count(app, BOOKINGS, 40).await, 1);
}

#[tokio::test]
async fn a_stop_begins_no_transaction_again() {
    let app = app().await;
    let dir = tempfile::tempdir().unwrap();
    let mut serving = serving(app, &dir);
    let lock = hold(app).await;
    let sent = tokio::spawn(book_at(serving.base.clone(), app.token(41, Role::Member), 41));
    stuck(app, 1).await;
    serving.signal("-TERM");
    // The wait for the row ends before the row is free.
    assert_eq!(sent.await.unwrap(), (503, json!("the program stops")));
    let (status, log) = serving.wait();
    assert!(status.success() && !log.contains("cut off"), "{status} {log}");
    lock.rollback().await.unwrap();
    assert_eq!(book(app, 41).await.expect(201).header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_stop_begins_no_batch_of_joins() {
    let app = app().await;
    let class = (ScheduleId(FULL), DATE.parse::<NaiveDate>().unwrap());
    let join = |member| {
        tokio::spawn(async move {
            send(app, member, Some("k"), (Method::POST, "/api/v1/waitlist/join", &place(member, FULL))).await
        })
    };
    let lock = hold(app).await;
    let first = join(42);
    stuck(app, 1).await;
    let behind = join(43);
    while app.app.waitlist.joins.waiting(&class) < 1 {
        tokio::task::yield_now().await;
    }
    app.app.running.stop();
    lock.rollback().await.unwrap();
    first.await.unwrap().expect(201);
    let refused = behind.await.unwrap().expect(503);
    assert_eq!((&refused.body["detail"], refused.header("retry-after")), (&json!("the program stops"), "5"));
    assert_eq!((count(app, KEYS, 42).await, count(app, KEYS, 43).await), (1, 0));
    app.app.running.ended().await;
}
