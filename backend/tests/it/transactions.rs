//! `run_tx`: whole or not at all, and again when the database asks for that.

use std::sync::atomic::{AtomicUsize, Ordering};

use backend::db::{self, run_tx};
use backend::error::AppError;
use logic::Code;
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlPoolOptions;
use test_support::TestApp;
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
async fn an_error_of_the_work_rolls_back_and_is_returned() {
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
async fn a_deadlock_is_retried_from_the_start() {
    let app = app().await;
    let (runs, both_hold_one) = (&AtomicUsize::new(0), &Barrier::new(2));
    let crossed = |first: i64, second: i64| {
        run_tx(&app.app.pool, "test", move |conn, _| {
            Box::pin(async move {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                let lock = "UPDATE account SET role = 'staff' WHERE id = ?";
                sqlx::query(lock).bind(first).execute(&mut *conn).await?;
                // The first two runs deadlock; then the victim runs alone.
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

/// What the service answers to an error of the database, how often it runs the transaction, and whether it goes on with
/// the connection.
#[tokio::test]
async fn an_error_of_the_server_is_answered_and_retried_by_its_number() {
    let app = app().await;
    let one = MySqlPoolOptions::new().max_connections(1).connect(&app.database_url).await.unwrap();
    const ONCE: usize = 1;
    const AGAIN: usize = 2;
    for (number, code, wanted_runs, keeps_connection) in [
        // A deadlock, a lock timeout, or a conflict of the group at commit: a retry may succeed.
        (1213, Code::Unavailable, AGAIN, true),
        (1205, Code::Unavailable, AGAIN, true),
        (3101, Code::Unavailable, AGAIN, true),
        // The server has closed the idle connection: found on BEGIN, another one is taken.
        (4031, Code::Unavailable, ONCE, false),
        // The server is read-only, or its group has no majority.
        (1290, Code::Unavailable, ONCE, false),
        (1836, Code::Unavailable, ONCE, false),
        (3100, Code::Unavailable, ONCE, false),
        (3098, Code::Unavailable, ONCE, true),
        // Too many connections, interrupted, or over the time limit.
        (1040, Code::Unavailable, ONCE, true),
        (1317, Code::Unavailable, ONCE, true),
        (3024, Code::Unavailable, ONCE, true),
        // Full; access denied; the network.
        (1021, Code::Unavailable, ONCE, true),
        (1114, Code::Unavailable, ONCE, true),
        (1045, Code::Unavailable, ONCE, true),
        (1160, Code::Unavailable, ONCE, false),
        // Faults of the service: a syntax error, an unexpected duplicate.
        (1064, Code::Internal, ONCE, true),
        (1062, Code::Internal, ONCE, true),
    ] {
        let id = || async {
            sqlx::query_scalar::<_, u64>("SELECT CONNECTION_ID()").fetch_one(&one).await.unwrap()
        };
        let before = id().await;
        let runs = &AtomicUsize::new(0);
        let fails = |times: usize| {
            run_tx(&one, "test", move |conn, _| {
                Box::pin(async move {
                    if runs.fetch_add(1, Ordering::SeqCst) < times {
                        let signal = format!("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}");
                        sqlx::raw_sql(AssertSqlSafe(signal)).execute(&mut *conn).await?;
                    }
                    Ok(())
                })
            })
        };
        let once = fails(1).await;
        assert_eq!(runs.load(Ordering::SeqCst), wanted_runs, "runs after {number}");
        assert_eq!(once.is_ok(), wanted_runs == AGAIN, "{number}: {once:?}");
        assert_eq!(before == id().await, keeps_connection, "the connection after {number}");
        assert_eq!(fails(usize::MAX).await.unwrap_err().code(), code, "{number}");
    }
}

#[tokio::test]
async fn a_transaction_is_read_committed_whatever_the_session_says() {
    let app = app().await;
    // As a pooler between the service and the server may leave it.
    let pool = MySqlPoolOptions::new().max_connections(1).connect(&app.database_url).await.unwrap();
    sqlx::query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&pool).await.unwrap();
    let other = &app.app.pool;
    let seen = run_tx(&pool, "test", |conn, _| {
        Box::pin(async move {
            let staff = "SELECT COUNT(*) FROM account WHERE role = 'staff'";
            let before: i64 = sqlx::query_scalar(staff).fetch_one(&mut *conn).await?;
            sqlx::query("UPDATE account SET role = 'staff'").execute(other).await?;
            let after: i64 = sqlx::query_scalar(staff).fetch_one(&mut *conn).await?;
            Ok((before, after))
        })
    });
    assert_eq!(seen.await.unwrap(), (0, 2));
}

#[tokio::test]
async fn a_connection_waits_for_locks_and_for_work_as_long_as_the_service_says() {
    let app = TestApp::start().await;
    let set: (i64, i64) =
        sqlx::query_as("SELECT CAST(@@innodb_lock_wait_timeout AS SIGNED), CAST(@@wait_timeout AS SIGNED)")
            .fetch_one(&app.app.pool)
            .await
            .unwrap();
    assert_eq!(set, (db::LOCK_WAIT_SECONDS.into(), db::WAIT_TIMEOUT_SECONDS.into()));
}
