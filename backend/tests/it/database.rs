//! A database that fails: its connections are cut, it takes no writes, its clock is wrong, it is gone.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use backend::db;
use logic::status::Role;
use serde_json::json;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use test_support::TestApp;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::migrations::as_rows_only;
use crate::serving::{Serving, get_json, gym};

async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.load(&json!({"accounts": [{"id": 1, "openid": "ma", "role": "member"}]})).await.unwrap();
    app
}

/// As a restart of the server does, or a proxy that changes the primary.
#[tokio::test]
async fn when_one_connection_is_cut_the_others_of_its_age_are_dropped() {
    let app = app().await;
    let token = app.token(1, Role::Member);
    app.get("/api/v1/profiles", Some(&token)).await.expect(200);
    // The pool keeps as many connections as were needed at once.
    let mut held = Vec::new();
    for _ in 0..12 {
        held.push(app.app.pool.acquire().await.unwrap());
    }
    drop(held);
    let mut other = MySqlConnection::connect(&app.database_url).await.unwrap();
    let ids: Vec<u64> = sqlx::query_scalar(
        "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist \
         WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    )
    .fetch_all(&mut other)
    .await
    .unwrap();
    assert!(ids.len() >= 12, "{ids:?}");
    for id in ids {
        other.execute(AssertSqlSafe(format!("KILL {id}"))).await.unwrap();
    }
    let mut failed = 0;
    for _ in 0..60 {
        let answer = app.get("/api/v1/profiles", Some(&token)).await;
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
        failed += usize::from(answer.status != 200);
    }
    assert!(failed <= 1, "{failed} of 60 requests failed");
}

#[tokio::test]
async fn while_the_clocks_are_far_apart_nothing_is_decided() {
    let app = app().await;
    let token = app.token(1, Role::Member);
    let ready = app.get("/readyz", None).await.expect(200);
    assert_eq!(ready.body["clock_ahead_ms"], 0);
    // The dev clock plays no part.
    app.at("2031-01-01T00:00:00Z").await;
    assert_eq!(backend::clock::ahead_of_database(&app.app.pool).await.unwrap(), 0);

    app.app.vitals.answered(-3_000);
    app.get("/readyz", None).await.expect(200);
    app.get("/api/v1/profiles", Some(&token)).await.expect(200);

    app.app.vitals.answered(90_000);
    for path in ["/readyz", "/api/v1/time", "/api/v1/profiles"] {
        let refused = app.get(path, Some(&token)).await;
        assert_eq!((refused.status, refused.header("retry-after").is_empty()), (503, false), "{path}");
    }
    let ask = json!({"profile_id": 1, "course_schedule_id": 1, "booking_date": "2031-01-06"});
    app.post("/api/v1/bookings", Some(&token), ask).await.expect(503);
    app.post("/api/v1/dev/sweep", None, json!({})).await.expect(503);
    for path in ["/healthz", "/api/v1/policy"] {
        app.get(path, None).await.expect(200);
    }

    app.app.vitals.answered(0);
    app.get("/api/v1/profiles", Some(&token)).await.expect(200);
}

/// Where the private server of a program answers.
fn private_url(var: &Path) -> String {
    std::fs::read_to_string(var.join("db/url")).unwrap().trim().to_owned()
}

async fn why_not_ready(serving: &Serving) -> String {
    get_json(&format!("{}/readyz", serving.base)).await["detail"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn readiness_is_the_readiness_to_write() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Serving::start(dir.path(), &["--dev-clock"]);
    let url = private_url(dir.path());
    let mut sql = MySqlConnection::connect(&url).await.unwrap();
    assert!(owner.is_ready().await);
    for variable in ["read_only", "super_read_only"] {
        // MariaDB has the first alone.
        if sql.execute(AssertSqlSafe(format!("SET GLOBAL {variable} = 1"))).await.is_ok() {
            assert!(!owner.is_ready().await, "{variable}: {}", why_not_ready(&owner).await);
            sql.execute("SET GLOBAL read_only = 0").await.unwrap();
            assert!(owner.is_ready().await, "{variable}");
        }
    }

    // The clock of the server, as the sessions of accounts without rights see it, is a minute ahead.
    let other = tempfile::tempdir().unwrap();
    sql.execute("SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 60'").await.unwrap();
    let rows_only = as_rows_only(&url).await;
    let args = ["serve", "--no-migrate"];
    let serving = Serving::spawn(gym(other.path()).env("DATABASE_URL", &rows_only).args(args));
    assert!(!serving.is_ready().await);
    assert_eq!(get_json(&format!("{}/api/v1/time", serving.base)).await["code"], "unavailable");
    let sweep = gym(other.path()).env("DATABASE_URL", &rows_only).args(["sweep", "--once"]).output().unwrap();
    let said = String::from_utf8_lossy(&sweep.stderr).into_owned();
    assert!(!sweep.status.success() && said.contains("behind the database's"), "{said}");
    sql.execute("SET GLOBAL init_connect = ''").await.unwrap();
    drop(serving);

    // Gone: a login needs the database, and is told so before its wait for a connection ends.
    let serving =
        Serving::spawn(gym(other.path()).env("DATABASE_URL", &rows_only).args(["serve", "--dev-clock"]));
    let pid = std::fs::read_to_string(dir.path().join("db/pid")).unwrap();
    assert!(std::process::Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap().success());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut said = 0;
    while said < 20 {
        let login =
            client.post(format!("{}/api/v1/auth/login", serving.base)).json(&json!({"code": "dev:x"}));
        let answer = login.timeout(db::ACQUIRE_TIMEOUT).send().await;
        // Those that were waiting already when the database went may wait longer.
        if let Ok(answer) = answer {
            assert_eq!(answer.status(), 503);
            said += 1;
        }
    }
    assert!(!serving.is_ready().await);
}

/// What stands between may end a connection without a word; the pool itself looks only every 30 s.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_looked_at_before_it_is_used() {
    assert_eq!(db::LOOK_AFTER, Duration::from_secs(20));
    let url = test_support::new_database().await;
    let pool = db::pool_options(Duration::ZERO).max_connections(1).connect(&url).await.unwrap();
    let mut other = MySqlConnection::connect(&url).await.unwrap();
    let id = async |pool: &MySqlPool| -> u64 {
        sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(pool).await.unwrap()
    };
    for _ in 0..3 {
        let id = id(&pool).await;
        other.execute(AssertSqlSafe(format!("KILL {id}"))).await.unwrap();
    }

    // Or it keeps the connection and passes nothing on.
    let options: MySqlConnectOptions = url.parse().unwrap();
    let database = SocketAddr::from((Ipv4Addr::LOCALHOST, options.get_port()));
    let (between, silence) = between(database).await;
    let options = options.port(between.port());
    let pool = db::pool_options(Duration::ZERO).max_connections(1).connect_with(options).await.unwrap();
    let first = id(&pool).await;
    assert_eq!(id(&pool).await, first, "one that answers is used again");
    // The pool itself looks at a connection that it is given back.
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    silence.send(()).unwrap();
    assert_ne!(id(&pool).await, first);
}

/// Something that passes connections on to `database`. When told to, it keeps those that it has and passes nothing on.
async fn between(database: SocketAddr) -> (SocketAddr, watch::Sender<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = watch::channel(());
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let mut there = TcpStream::connect(database).await.unwrap();
            let mut told = told.clone();
            told.mark_unchanged();
            tokio::spawn(async move {
                tokio::select! {
                    _ = copy_bidirectional(&mut here, &mut there) => {}
                    Ok(()) = told.changed() => std::future::pending().await,
                }
            });
        }
    });
    (address, tell)
}
