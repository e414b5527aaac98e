//! What becomes of a write whose caller hangs up, whose COMMIT is not answered, or whose program is killed: it is done
//! once, or not at all, and repeating it with its key tells.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::thread;

use logic::status::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::mysql::MySqlPool;
use sqlx::{MySql, Transaction};
use test_support::{Answer, TestApp};

use crate::serving::{Serving, gym};

const DATE: &str = "2030-03-05";
const FULL: i64 = 1;
const OPEN: i64 = 2;

/// Members 1 to 60 with a profile each; a class without a free seat, whose seat 1 booked, and one with a hundred.
async fn app() -> &'static TestApp {
    let app = TestApp::start().await;
    let members = 1..=60;
    let account = |n: i64| json!({"id": n, "openid": format!("o{n}"), "role": "member"});
    let profile = |n: i64| json!({"id": n, "account_id": n, "name": "小满"});
    let schedule = |id: i64, time: &str, capacity: i64| json!({"id": id, "course_id": 1, "weekday": 2, "start_time": time, "capacity": capacity});
    app.load(&json!({
        "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": 60}],
        "schedules": [schedule(FULL, "16:00", 1), schedule(OPEN, "18:00", 100)],
        "accounts": members.clone().map(account).collect::<Vec<_>>(),
        "profiles": members.map(profile).collect::<Vec<_>>(),
        "bookings": [
            {"id": 1, "profile_id": 1, "course_schedule_id": FULL, "booking_date": DATE, "status": "booked"},
            {"id": 2, "profile_id": 1, "course_schedule_id": OPEN, "booking_date": DATE, "status": "booked"},
        ],
    }))
    .await
    .unwrap();
    Box::leak(Box::new(app))
}

fn place(member: i64, class: i64) -> Value {
    json!({"profile_id": member, "course_schedule_id": class, "booking_date": DATE})
}

async fn send(
    app: &TestApp,
    member: i64,
    key: Option<&str>,
    (method, path, body): (Method, &str, &Value),
) -> Answer {
    let request = app.request(method, path, Some(&app.token(member, Role::Member)));
    let request = if body.is_null() { request } else { request.json(body) };
    app.send(key.into_iter().fold(request, |request, key| request.header("idempotency-key", key))).await
}

/// A second connection that holds the rows of both classes.
async fn hold(app: &TestApp) -> Transaction<'static, MySql> {
    let pool = MySqlPool::connect(&app.database_url).await.unwrap();
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM class_session FOR UPDATE").fetch_all(&mut *lock).await.unwrap();
    lock
}

/// Waits until that many transactions wait for the row of a class. Another connection may still show the last look of
/// this very function, which names the statement too.
async fn stuck(app: &TestApp, count: i64) {
    let waiting = "SELECT COUNT(*) FROM information_schema.processlist \
                   WHERE db = DATABASE() AND info LIKE '%class_session_lock%' AND info NOT LIKE '%processlist%'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&app.app.pool).await.unwrap() < count {
        tokio::task::yield_now().await;
    }
}

async fn count(app: &TestApp, query: &'static str, member: i64) -> i64 {
    sqlx::query_scalar(query).bind(member).fetch_one(&app.app.pool).await.unwrap()
}

const BOOKINGS: &str = "SELECT COUNT(*) FROM booking WHERE profile_id = ?";
const KEYS: &str = "SELECT COUNT(*) FROM idempotency_key WHERE account_id = ?";

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
        assert_eq!(again.header("idempotency-replayed"), "true", "{method} {path}: {}", again.text);
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
    let body = place(6, OPEN);
    let sent = tokio::spawn(async move {
        send(app, 6, Some("k"), (Method::POST, "/api/v1/bookings", &place(6, OPEN))).await
    });
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
    let again = send(app, 6, Some("k"), (Method::POST, "/api/v1/bookings", &body)).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "", "it is the first that was begun");
    assert_eq!(count(app, BOOKINGS, 6).await, 1);
}

#[tokio::test]
async fn of_two_services_with_one_key_one_writes_and_the_other_replays() {
    let app = app().await;
    let other: &TestApp = Box::leak(Box::new(app.beside().await));
    for (member, path, class) in [(7, "/api/v1/bookings", OPEN), (8, "/api/v1/waitlist/join", FULL)] {
        let lock = hold(app).await;
        let sent = [app, other].map(|app| {
            tokio::spawn(async move {
                send(app, member, Some("k"), (Method::POST, path, &place(member, class))).await
            })
        });
        // Both have looked for the key before they began.
        stuck(app, 2).await;
        lock.rollback().await.unwrap();
        let [one, two] = sent;
        let (one, two) = (one.await.unwrap().expect(201), two.await.unwrap().expect(201));
        assert_eq!(one.text, two.text);
        let mut replayed = [one.header("idempotency-replayed"), two.header("idempotency-replayed")];
        replayed.sort_unstable();
        assert_eq!(replayed, ["", "true"]);
        assert_eq!(count(app, KEYS, member).await, 1);
    }
}

/// What a proxy does with what a client says to its server.
#[derive(PartialEq)]
enum Passing {
    On,
    /// The connection ends, and the server does not hear it.
    CutBefore,
    /// The server hears it, and its answer is lost.
    CutAfter,
}

/// Stands between a client and the server of `database_url`; the address that leads through it.
fn proxy(database_url: &str, passes: impl Fn(&[u8]) -> Passing + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = database_url.split(['@', '/']).nth(3).unwrap().to_owned();
    let url = database_url.replace(&address, &format!("127.0.0.1:{port}"));
    let passes = Arc::new(passes);
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&address).unwrap());
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut answers, &mut back);
                let _ = back.shutdown(Shutdown::Both);
            });
            let passes = passes.clone();
            thread::spawn(move || relay(client, server, &*passes));
        }
    });
    url
}

fn relay(mut client: TcpStream, mut server: TcpStream, passes: &dyn Fn(&[u8]) -> Passing) {
    let mut said = [0; 65_536];
    while let Ok(n @ 1..) = client.read(&mut said) {
        let passing = passes(&said[..n]);
        if passing != Passing::On {
            let _ = client.shutdown(Shutdown::Both);
        }
        if passing != Passing::CutBefore && server.write_all(&said[..n]).is_err() {
            break;
        }
        if passing != Passing::On {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

#[tokio::test]
async fn a_commit_that_is_not_answered_is_looked_up_and_a_lost_one_is_run_once_more() {
    let app = app().await;
    let armed = Arc::new(AtomicBool::new(false));
    for (member, hears) in [(10, true), (12, false)] {
        let behind = {
            let armed = armed.clone();
            let url = proxy(&app.database_url, move |said| {
                if !said.ends_with(b"COMMIT") || !armed.swap(false, Ordering::SeqCst) {
                    Passing::On
                } else if hears {
                    Passing::CutAfter
                } else {
                    Passing::CutBefore
                }
            });
            app.behind(url).await
        };
        for (member, path, class) in
            [(member, "/api/v1/bookings", OPEN), (member + 1, "/api/v1/waitlist/join", FULL)]
        {
            armed.store(true, Ordering::SeqCst);
            let ask = place(member, class);
            let first = send(&behind, member, Some("k"), (Method::POST, path, &ask)).await.expect(201);
            assert!(!armed.load(Ordering::SeqCst), "a COMMIT was cut");
            let again = send(&behind, member, Some("k"), (Method::POST, path, &ask)).await.expect(201);
            assert_eq!((first.text, again.header("idempotency-replayed")), (again.text.clone(), "true"));
            assert_eq!(count(app, KEYS, member).await, 1);
        }
        armed.store(true, Ordering::SeqCst);
        let keyless = place(member + 10, OPEN);
        let unknown =
            send(&behind, member + 10, None, (Method::POST, "/api/v1/bookings", &keyless)).await.expect(503);
        assert_eq!((unknown.code(), unknown.header("retry-after")), ("unavailable", ""));
        assert!(unknown.body["detail"].as_str().unwrap().contains("not known"), "{}", unknown.text);
        assert_eq!(count(app, BOOKINGS, member + 10).await, i64::from(hears));
    }
}

/// Whether a client's packet is a statement: a text (3), or a prepared one that is run (23).
fn is_statement(said: &[u8]) -> bool {
    said.len() > 4 && said[3] == 0 && [3, 23].contains(&said[4])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_killed_between_any_two_statements_leaves_all_of_a_write_or_nothing() {
    let app = app().await;
    // Statements until the program is killed; 0: it is not.
    let (left, pid) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicU32::new(0)));
    let url = {
        let (left, pid) = (left.clone(), pid.clone());
        proxy(&app.database_url, move |said| {
            if !is_statement(said) || left.fetch_sub(1, Ordering::SeqCst) != 1 {
                return Passing::On;
            }
            let killed = Command::new("kill").args(["-9", &pid.load(Ordering::SeqCst).to_string()]).status();
            assert!(killed.unwrap().success());
            Passing::CutBefore
        })
    };
    let mut after = 0;
    for statements in 1.. {
        let member = 20 + statements;
        let ask = place(member, OPEN);
        let dir = tempfile::tempdir().unwrap();
        let mut command = gym(dir.path());
        command.env("DATABASE_URL", &url).env("GYM_JWT_KEY", app.key_file()).args(["serve", "--dev-clock"]);
        left.store(0, Ordering::SeqCst);
        let mut serving = tokio::task::spawn_blocking(move || Serving::spawn(&mut command)).await.unwrap();
        pid.store(serving.child.id(), Ordering::SeqCst);
        left.store(statements, Ordering::SeqCst);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answered = client
            .post(format!("{}/api/v1/bookings", serving.base))
            .bearer_auth(app.token(member, Role::Member))
            .header("idempotency-key", "k")
            .json(&ask)
            .send()
            .await;
        left.store(0, Ordering::SeqCst);
        if let Ok(answer) = answered {
            assert_eq!(answer.status(), 201);
            break;
        }
        serving.child.wait().unwrap();
        let (bookings, keys) = (count(app, BOOKINGS, member).await, count(app, KEYS, member).await);
        assert_eq!(bookings, keys, "killed before statement {statements}");
        send(app, member, Some("k"), (Method::POST, "/api/v1/bookings", &ask)).await.expect(201);
        assert_eq!(count(app, BOOKINGS, member).await, 1, "killed before statement {statements}");
        after = statements;
    }
    assert!(after >= 8, "a booking is {after} statements");
}
