//! Callers who hang up.

use super::*;

#[tokio::test]
async fn a_write_whose_caller_hangs_up_is_done_and_its_answer_is_told_to_a_repeat() {
    let app = app().await;
    let book = send(app, 2, None, (Method::POST, "/api/v1/bookings", &place(2, OPEN))).await.expect(201);
    let booking = format!("/api/v1/bookings/{}", book.body["id"]);
    let writes = [
        (3, Method::POST, "/api/v1/waitlist/join".to_owned(), place(3, FULL), 201),
        (4, Method::POST, "/api/v1/bookings".to_owned(), place(4, OPEN), 201),
        // A refusal is an answer.
        (5, Method::POST, "/api/v1/bookings".to_owned(), place(5, FULL), 409),
        (2, Method::DELETE, booking, Value::Null, 200),
    ];
    for (member, method, path, body, status) in writes {
        let lock = hold(app).await;
        let sent = {
            let (method, path, body) = (method.clone(), path.clone(), body.clone());
            tokio::spawn(async move { send(app, member, Some("k"), (method, &path, &body)).await })
        };
        stuck(app, 1).await;
        sent.abort();
        assert!(sent.await.is_err());
        lock.rollback().await.unwrap();
        let again = send(app, member, Some("k"), (method.clone(), &path, &body)).await.expect(status);
        is_replay(&again);
        assert_eq!(count(app, KEYS, member).await, 1);
    }
}

#[tokio::test]
async fn a_write_that_has_not_begun_is_dropped_with_its_caller() {
    let app = app().await;
    // Every turn on the class is taken.
    let session = sqlx::query_scalar::<_, i64>("SELECT id FROM class_session WHERE course_schedule_id = 2")
        .fetch_one(&app.app.pool)
        .await
        .unwrap();
    let mut turns = Vec::new();
    for _ in 0..backend::db::CLASS_CONNECTIONS {
        turns.push(app.app.classes.take(session.into()).await);
    }
    let sent = tokio::spawn(book(app, 6));
    let dropped = async || {
        let metrics = app.get("/metrics", None).await.text;
        let line =
            metrics.lines().find(|line| line.starts_with("gym_writes_left_total{outcome=\"dropped\"}"));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    while app.app.classes.waiting(&session.into()) == 0 {
        tokio::task::yield_now().await;
    }
    let before = dropped().await;
    sent.abort();
    while dropped().await == before {
        tokio::task::yield_now().await;
    }
    drop(turns);
    let again = book(app, 6).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "", "it is the first that was begun");
    assert_eq!(count(app, BOOKINGS, 6).await, 1);
}
