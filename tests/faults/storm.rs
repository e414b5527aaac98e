//! A storm of writes while everything around the service fails: callers hang up, programs and the database are killed,
//! the log is full, the database takes no writes. At the end every acknowledged write is there, every repeated key gives
//! its first answer, all invariants hold, and every loop goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::family::{self, Answered, Family};
use crate::service::{Log, Service, doctor};
use backend::auth::{Keys, token};
use backend::fixtures;
use logic::Policy;
use logic::ids::AccountId;
use logic::status::Role;
use serde_json::json;
use sqlx::mysql::MySqlPool;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use test_support::OwnServer;
use tests::rows;

/// Families that write all the time.
const FAMILIES: i64 = 12;
/// The classes that they want, of few seats each.
pub(crate) const CLASSES: std::ops::RangeInclusive<i64> = 1..=3;
/// The day of the classes, and the time at which the storm is.
pub(crate) const DATE: &str = "2030-03-06";
const NOW: &str = "2030-03-04T00:00:00.000Z";
/// How long the database takes no writes.
const READ_ONLY: Duration = Duration::from_secs(5);
/// Answers that are waited for between two faults.
const BETWEEN: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_loses_or_doubles_a_write() {
    let mut server = OwnServer::start(&[]).await;
    let database_url = empty_database(server.url()).await;
    let dir = tempfile::tempdir().unwrap();

    // Two programs migrate the same empty database, and one of them has a log without room.
    let mut first = Service::new(dir.path(), &database_url, Log::Kept);
    let mut second = Service::new(dir.path(), &database_url, Log::Full);
    first.start();
    second.start();
    first.is_ready().await;
    second.is_ready().await;
    let sql = MySqlPool::connect_lazy(&database_url).unwrap();
    load(&sql).await;
    for service in [&first, &second] {
        service.set_clock(NOW).await;
    }

    let storm = Storm::begin(dir.path(), [first.base(), second.base()]);
    storm.goes_on().await;

    first.kill();
    storm.goes_on().await;
    first.start();
    storm.goes_on().await;

    server.crash().await;
    server.start_again().await;
    storm.goes_on().await;

    read_only(server.url(), true).await;
    tokio::time::sleep(READ_ONLY).await;
    read_only(server.url(), false).await;
    storm.goes_on().await;

    let answered = storm.end().await;
    for service in [&first, &second] {
        service.is_ready().await;
        service.loops_go_on().await;
    }
    assert!(second.log_lines_lost().await > 0.0, "the log had no room");

    let accepted = answered.iter().filter(|answered| answered.status < 300).count();
    assert!(accepted > BETWEEN, "{accepted} of {} writes were accepted", answered.len());
    every_acknowledged_row_is_there(&sql, &answered).await;
    // Each is repeated at the program that did not answer it last.
    family::repeat_all(&answered, &[second.base(), first.base()]).await;
    rows::check_invariants(&sql).await;
    doctor(dir.path(), &database_url);
}

/// The address of a database of its own without any table, for an account that `read_only` binds.
async fn empty_database(url: &str) -> String {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    for statement in [
        "CREATE DATABASE faults CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CREATE USER 'faults'@'127.0.0.1' IDENTIFIED BY 'secret'",
        "GRANT ALL ON faults.* TO 'faults'@'127.0.0.1'",
    ] {
        conn.execute(statement).await.unwrap();
    }
    let port = url.split([':', '/']).rev().nth(1).unwrap();
    // MySQL takes the first login of an account only over TLS, and forgets it in a crash.
    format!("mysql://faults:secret@127.0.0.1:{port}/faults?ssl-mode=preferred")
}

async fn read_only(url: &str, on: bool) {
    let mut conn = MySqlConnection::connect(url).await.unwrap();
    conn.execute(AssertSqlSafe(format!("SET GLOBAL read_only = {}", u8::from(on)))).await.unwrap();
}

async fn load(sql: &MySqlPool) {
    let schedule = |id: i64| json!({"id": id, "course_id": 1, "weekday": 3, "start_time": format!("{}:00", 9 + 2 * id), "capacity": 3});
    let family = |id: i64| json!({"id": id, "openid": format!("o{id}"), "role": "member"});
    let child = |id: i64| json!({"id": id, "account_id": id, "name": format!("孩子{id}")});
    let file = json!({
        "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": 60}],
        "schedules": CLASSES.map(schedule).collect::<Vec<_>>(),
        "accounts": (1..=FAMILIES).map(family).collect::<Vec<_>>(),
        "profiles": (1..=FAMILIES).map(child).collect::<Vec<_>>(),
    });
    let file = fixtures::File::read(file.to_string().as_bytes()).unwrap();
    let policies = test_support::policies(sql, &Policy::default()).await;
    fixtures::load(sql, chrono_tz::Asia::Shanghai, &policies, &file).await.unwrap();
}

/// The families, under way.
struct Storm {
    ends: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    families: Vec<tokio::task::JoinHandle<Vec<Answered>>>,
}

impl Storm {
    fn begin(var: &std::path::Path, services: [String; 2]) -> Self {
        let keys = Keys::load(&var.join("jwt.key")).unwrap();
        let (ends, answers) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let begin = |id: i64| {
            let token = token::issue(&keys, AccountId(id), Role::Member, 3600).unwrap().0;
            let family = Family::new(id, token, services.clone());
            tokio::spawn(family.write(ends.clone(), answers.clone()))
        };
        let families = (1..=FAMILIES).map(begin).collect();
        Self { ends, answers, families }
    }

    /// Waits until the families have got some more answers.
    async fn goes_on(&self) {
        let until = self.answers.load(Ordering::SeqCst) + BETWEEN;
        while self.answers.load(Ordering::SeqCst) < until {
            assert!(!self.families.iter().any(tokio::task::JoinHandle::is_finished), "a family gave up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets every family get the answer that it waits for.
    async fn end(self) -> Vec<Answered> {
        self.ends.store(true, Ordering::SeqCst);
        let mut answered = Vec::new();
        for family in self.families {
            answered.extend(family.await.unwrap());
        }
        answered
    }
}

async fn every_acknowledged_row_is_there(sql: &MySqlPool, answered: &[Answered]) {
    for Answered { request, status, text } in answered.iter().filter(|answered| answered.status == 201) {
        let body: serde_json::Value = serde_json::from_str(text).unwrap();
        let table = if request.path.ends_with("/join") { "waitlist" } else { "booking" };
        let statement = format!("SELECT COUNT(*) FROM {table} WHERE id = ? AND profile_id = ?");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(body["id"].as_i64())
            .bind(body["profile_id"].as_i64())
            .fetch_one(sql)
            .await
            .unwrap();
        assert_eq!(rows, 1, "{status} {request:?}: {text}");
    }
}
