//! The limits of time: the transaction's ends first, then the request's.

use std::time::Duration;

use super::*;
use backend::unit::Timers;

const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(60);

/// A service with these limits, and one over the same database that waits as long as it must.
async fn apps(timers: Timers) -> (&'static TestApp, TestApp) {
    let app = with_classes(TestApp::timed(timers).await).await;
    (app, app.beside().await)
}

#[tokio::test]
async fn a_transaction_that_takes_too_long_is_rolled_back_and_may_be_repeated() {
    let (app, patient) = apps(Timers { transaction: SOON, request: LATE }).await;
    let lock = hold(app).await;
    let late = book(app, 2).await.expect(503);
    assert_eq!((late.code(), late.header("retry-after")), ("unavailable", "5"));
    assert_eq!(late.body["detail"], "the transaction took too long");
    lock.rollback().await.unwrap();
    assert_eq!((count(app, BOOKINGS, 2).await, count(app, KEYS, 2).await), (0, 0));
    let again = book(&patient, 2).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "", "it had not been done");
    assert_eq!(count(app, BOOKINGS, 2).await, 1);
}

#[tokio::test]
async fn a_write_goes_on_after_its_request_took_too_long_and_a_repeat_is_told_its_answer() {
    let (app, patient) = apps(Timers { transaction: LATE, request: SOON }).await;
    // A machine that stands still for a moment may not have begun the write by then: it is dropped, and asked for again.
    for member in 2..10 {
        let lock = hold(app).await;
        let late = book(app, member).await.expect(503);
        assert_eq!((late.code(), late.header("retry-after")), ("unavailable", "5"));
        assert_eq!(late.body["detail"], "the request took too long");
        lock.rollback().await.unwrap();
        app.app.running.ended().await;
        if count(app, KEYS, member).await == 1 {
            is_replay(&book(&patient, member).await.expect(201));
            assert_eq!(count(app, BOOKINGS, member).await, 1);
            return;
        }
        assert_eq!(count(app, BOOKINGS, member).await, 0);
    }
    panic!("no write went on");
}
