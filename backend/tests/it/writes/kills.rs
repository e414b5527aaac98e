//! The program is killed between any two statements of a write.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use super::proxy::{Passing, proxy};
use super::*;
use crate::serving::{Serving, gym};

#[derive(Clone, Copy, Debug)]
enum Verb {
    Book,
    Join,
    Confirm,
    Cancel,
    MakeUp,
}

impl Verb {
    /// Makes what the verb needs for a member who has nothing yet; the request.
    async fn prepare(self, app: &TestApp, member: i64) -> (Method, String, Value) {
        let do_now = async |path: &str, body: Value| {
            send(app, member, None, (Method::POST, path, &body)).await.expect(201).body["id"].clone()
        };
        match self {
            Self::Book => (Method::POST, "/api/v1/bookings".to_owned(), place(member, OPEN)),
            Self::Join => (Method::POST, "/api/v1/waitlist/join".to_owned(), place(member, FULL)),
            Self::Confirm => {
                let entry = do_now("/api/v1/waitlist/join", place(member, OFFERED)).await;
                let booked = "SELECT CAST(booked AS SIGNED) FROM class_session WHERE course_schedule_id = ?";
                let one_more = json!({"capacity": count(app, booked, OFFERED).await + 1});
                let path = format!("/api/v1/sessions/{OFFERED}/{DATE}/capacity");
                app.put(&path, Some(&app.token(STAFF, Role::Staff)), one_more).await.expect(200);
                (Method::PUT, format!("/api/v1/waitlist/{entry}/respond"), json!({"action": "confirm"}))
            }
            Self::Cancel => {
                let booking = do_now("/api/v1/bookings", place(member, OPEN)).await;
                (Method::DELETE, format!("/api/v1/bookings/{booking}"), Value::Null)
            }
            Self::MakeUp => {
                let missed = do_now("/api/v1/bookings", place(member, EARLY)).await;
                let path = format!("/api/v1/bookings/{missed}/leave");
                send(app, member, None, (Method::POST, &path, &json!({}))).await.expect(200);
                let mut body = place(member, OPEN);
                body["original_booking_id"] = missed;
                (Method::POST, "/api/v1/makeup/book".to_owned(), body)
            }
        }
    }

    /// Counts what the verb did for a member.
    const fn done(self) -> &'static str {
        match self {
            Self::Book => BOOKINGS,
            Self::Join => "SELECT COUNT(*) FROM waitlist WHERE profile_id = ? LOCK IN SHARE MODE",
            Self::Confirm => {
                "SELECT COUNT(*) FROM booking b JOIN waitlist w USING (profile_id) \
                 WHERE profile_id = ? AND b.status = 'booked' AND w.status = 'confirmed' LOCK IN SHARE MODE"
            }
            Self::Cancel => {
                "SELECT COUNT(*) FROM booking WHERE profile_id = ? AND status = 'cancelled' LOCK IN SHARE MODE"
            }
            Self::MakeUp => "SELECT COUNT(*) FROM makeup_booking WHERE profile_id = ? LOCK IN SHARE MODE",
        }
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
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut members = 2..;
    for verb in [Verb::Book, Verb::Join, Verb::Confirm, Verb::Cancel, Verb::MakeUp] {
        let mut killed_before = 0;
        for statement in 1.. {
            let member = members.next().unwrap();
            let (method, path, body) = verb.prepare(app, member).await;
            let dir = tempfile::tempdir().unwrap();
            let mut command = gym(dir.path());
            command
                .env("DATABASE_URL", &url)
                .env("GYM_JWT_KEY", app.key_file())
                .args(["serve", "--dev-clock"]);
            left.store(0, Ordering::SeqCst);
            let mut serving =
                tokio::task::spawn_blocking(move || Serving::spawn(&mut command)).await.unwrap();
            pid.store(serving.child.id(), Ordering::SeqCst);
            left.store(statement, Ordering::SeqCst);
            let request = client
                .request(method.clone(), format!("{}{path}", serving.base))
                .bearer_auth(app.token(member, Role::Member))
                .header("idempotency-key", "k");
            let answered = if body.is_null() { request } else { request.json(&body) }.send().await;
            left.store(0, Ordering::SeqCst);
            if let Ok(answer) = answered {
                assert!(answer.status().is_success(), "{verb:?}: {}", answer.status());
                break;
            }
            serving.child.wait().unwrap();
            let (done, keys) = (count(app, verb.done(), member).await, count(app, KEYS, member).await);
            assert_eq!(done, keys, "{verb:?}, killed before statement {statement}");
            let again = send(app, member, Some("k"), (method, &path, &body)).await;
            assert!(again.status < 300, "{verb:?}, killed before statement {statement}: {}", again.text);
            assert_eq!(count(app, verb.done(), member).await, 1, "{verb:?}, before statement {statement}");
            killed_before = statement;
        }
        assert!(killed_before >= 8, "{verb:?} is {killed_before} statements");
    }
}
