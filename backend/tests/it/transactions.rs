//! `run_tx`: whole or not at all, and again when the database asks for that.

use std::sync::atomic::{AtomicUsize, Ordering};

use backend::db::run_tx;
use backend::error::AppError;
use backend::testing::TestApp;
use logic::Code;
use serde_json::json;
use tokio::sync::Barrier;

async fn app() -> TestApp {
    let app = TestApp::start().await;
    let accounts = json!([
        {"id": 1, "openid": "a", "role": "member"},
        {"id": 2, "openid": "b", "role": "member"},
    ]);
    app.load(&json!({ "accounts": accounts })).await.unwrap();
    app
}

async fn roles(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT role FROM account ORDER BY id").fetch_all(&app.app.pool).await.unwrap()
}

#[tokio::test]
async fn an_error_of_the_work_undoes_it_and_is_handed_on() {
    let app = app().await;
    let runs = &AtomicUsize::new(0);
    let outcome: Result<(), _> = run_tx(&app.app.pool, "test", |conn, _| {
        Box::pin(async move {
            runs.fetch_add(1, Ordering::SeqCst);
            sqlx::query("UPDATE account SET role = 'staff'").execute(&mut *conn).await?;
            Err(AppError::from(Code::SessionFull))
        })
    })
    .await;
    assert_eq!(outcome.unwrap_err().code(), Code::SessionFull);
    assert_eq!(runs.load(Ordering::SeqCst), 1, "a rule's no is no reason to try again");
    assert_eq!(roles(&app).await, ["member", "member"]);
}

#[tokio::test]
async fn a_deadlock_is_run_again_from_the_start() {
    let app = app().await;
    let (runs, both_hold_one) = (&AtomicUsize::new(0), &Barrier::new(2));
    let crossed = |first: i64, second: i64| {
        run_tx(&app.app.pool, "test", move |conn, _| {
            Box::pin(async move {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                let lock = "UPDATE account SET role = 'staff' WHERE id = ?";
                sqlx::query(lock).bind(first).execute(&mut *conn).await?;
                // The first two runs meet in a deadlock; the one that lost has the way free.
                if run < 2 {
                    both_hold_one.wait().await;
                }
                sqlx::query(lock).bind(second).execute(&mut *conn).await?;
                Ok(())
            })
        })
    };
    let (one, other) = tokio::join!(crossed(1, 2), crossed(2, 1));
    one.unwrap();
    other.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of the two ran twice");
    assert_eq!(roles(&app).await, ["staff", "staff"]);
    let metrics = app.get("/metrics", None).await.text;
    assert!(metrics.contains(r#"gym_tx_retries_total{tx="test"}"#), "{metrics}");
}
