//! A family that books, cancels, waits, answers and leaves, each write with a key of its own, until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};

use crate::storm::{CLASSES, DATE};

/// Between two writes of a family, and between two attempts at one.
const PAUSE: Duration = Duration::from_millis(60);

/// A write, as often as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: Method,
    pub(crate) path: String,
    body: Value,
    token: String,
    key: String,
}

/// A write and its first answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) request: Request,
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// What came back: the status, the body, and whether it is the answer to an earlier attempt.
struct Answer {
    status: u16,
    text: String,
    replayed: bool,
}

/// Sends a write once; `None` if it was not answered, or with 503.
async fn send(client: &reqwest::Client, base: &str, request: &Request) -> Option<Answer> {
    let mut sending = client
        .request(request.method.clone(), format!("{base}{}", request.path))
        .bearer_auth(&request.token)
        .header("idempotency-key", &request.key);
    if !request.body.is_null() {
        sending = sending.json(&request.body);
    }
    let answer = sending.send().await.ok()?;
    let (status, replayed) =
        (answer.status().as_u16(), answer.headers().contains_key("idempotency-replayed"));
    let text = answer.text().await.ok()?;
    assert_ne!(status, 500, "{request:?}: {text}");
    (status != 503).then_some(Answer { status, text, replayed })
}

/// Sends a write to one program after the other until it is answered.
async fn send_until_answered(client: &reqwest::Client, bases: &[String], request: &Request) -> Answer {
    for base in bases.iter().cycle() {
        if let Some(answer) = send(client, base, request).await {
            return answer;
        }
        tokio::time::sleep(PAUSE).await;
    }
    unreachable!("there are programs")
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

/// Repeats every write, and compares the answer with the first one.
pub(crate) async fn repeat_all(answered: &[Answered], bases: &[String]) {
    let client = client();
    for Answered { request, status, text } in answered {
        let again = send_until_answered(&client, bases, request).await;
        assert_eq!((again.status, &again.text), (*status, text), "{request:?}");
        assert!(again.replayed, "{request:?} was done again: {text}");
    }
}

/// A family with one child of the same number.
pub(crate) struct Family {
    id: i64,
    token: String,
    services: [String; 2],
    rng: StdRng,
    bookings: Vec<i64>,
    entries: Vec<i64>,
}

impl Family {
    pub(crate) fn new(id: i64, token: String, services: [String; 2]) -> Self {
        let rng = StdRng::seed_from_u64(id.unsigned_abs());
        Self { id, token, services, rng, bookings: Vec::new(), entries: Vec::new() }
    }

    /// Writes until the storm ends; what was answered, in order.
    pub(crate) async fn write(mut self, ends: Arc<AtomicBool>, answers: Arc<AtomicUsize>) -> Vec<Answered> {
        let client = client();
        let mut answered = Vec::new();
        while !ends.load(Ordering::SeqCst) {
            let request = self.next(answered.len());
            // A caller that hangs up after a moment, and one that waits.
            let hung_up = if self.rng.random_bool(0.3) {
                let moment = Duration::from_millis(self.rng.random_range(0..15));
                let sent = send(&client, &self.services[0], &request);
                tokio::time::timeout(moment, sent).await.unwrap_or(None)
            } else {
                None
            };
            let answer = match hung_up {
                Some(answer) => answer,
                None => send_until_answered(&client, &self.services, &request).await,
            };
            self.learn(&request, &answer);
            answered.push(Answered { request, status: answer.status, text: answer.text });
            answers.fetch_add(1, Ordering::SeqCst);
            self.services.rotate_left(1);
            tokio::time::sleep(PAUSE).await;
        }
        answered
    }

    fn next(&mut self, number: usize) -> Request {
        let class = self.rng.random_range(CLASSES);
        let place = json!({"profile_id": self.id, "course_schedule_id": class, "booking_date": DATE});
        let any =
            |rng: &mut StdRng, ids: &[i64]| (!ids.is_empty()).then(|| ids[rng.random_range(0..ids.len())]);
        let (booking, entry) = (any(&mut self.rng, &self.bookings), any(&mut self.rng, &self.entries));
        let (method, path, body) = match (self.rng.random_range(0..10), booking, entry) {
            (0..2, Some(booking), _) => (Method::DELETE, format!("/bookings/{booking}"), Value::Null),
            (2, _, Some(entry)) => (Method::DELETE, format!("/waitlist/{entry}"), Value::Null),
            (3..5, _, Some(entry)) => {
                (Method::PUT, format!("/waitlist/{entry}/respond"), json!({"action": "confirm"}))
            }
            (5, _, Some(entry)) => {
                (Method::PUT, format!("/waitlist/{entry}/respond"), json!({"action": "decline"}))
            }
            (6.., ..) => (Method::POST, "/waitlist/join".to_owned(), place),
            _ => (Method::POST, "/bookings".to_owned(), place),
        };
        let (path, key) = (format!("/api/v1{path}"), format!("family-{}-{number}", self.id));
        Request { method, path, body, token: self.token.clone(), key }
    }

    /// Keeps the ids that later writes are about.
    fn learn(&mut self, request: &Request, answer: &Answer) {
        if answer.status >= 300 {
            return;
        }
        let body: Value = serde_json::from_str(&answer.text).unwrap();
        if let Some(booking) = body["booking"]["id"].as_i64() {
            self.bookings.push(booking);
        }
        match (answer.status, body["id"].as_i64()) {
            (201, Some(id)) if request.path.ends_with("/join") => self.entries.push(id),
            (201, Some(id)) => self.bookings.push(id),
            _ => {}
        }
    }
}
