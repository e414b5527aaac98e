//! A fake WeChat on a bad day: it accepts most messages and refuses others at random, temporarily or permanently. Its
//! answers move the deadlines of offers (R2.76).

use crate::model::{Gym, Ms};
use backend::wechat::message::WITH_TEMPLATES;
use logic::status::{EntryStatus, MessageKind, NotificationStatus};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The id of the template for offers.
const OFFER: &str = "T-OFFER";

/// A message that arrived: its entry, and whether it was accepted; `None` if it was refused temporarily.
#[derive(Clone, Debug)]
struct Arrived {
    entry: i64,
    taken: Option<bool>,
}

#[derive(Default)]
struct Book {
    /// Attempts for each message, by template and page.
    attempts: BTreeMap<(String, String), u64>,
    /// Offers that arrived since the model was last updated.
    offers: Vec<Arrived>,
}

/// The fake server.
pub(crate) struct FakeWechat {
    server: MockServer,
    book: Arc<Mutex<Book>>,
    /// How often each offer was refused temporarily, by class, child and number of the offer.
    delayed: BTreeMap<(usize, usize, usize), usize>,
}

struct Sending {
    seed: u64,
    book: Arc<Mutex<Book>>,
}

impl Respond for Sending {
    /// Answers depending only on the seed, the message and the number of attempts.
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let message: Value = request.body_json().unwrap();
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        let (template, page) = (text("template_id"), text("page"));
        let mut book = self.book.lock().unwrap();
        let tried = book.attempts.entry((template.clone(), page.clone())).or_default();
        *tried += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, &template, &page, *tried).hash(&mut hasher);
        let mut rng = StdRng::seed_from_u64(hasher.finish());
        let (code, taken) = match rng.random_range(0..1000) {
            0..650 => (0, Some(true)),
            650..720 => (43101, Some(false)),
            720..740 => (47003, Some(false)),
            740..860 => (45009, None),
            860..910 => (-1, None),
            _ => (502, None),
        };
        if template == OFFER {
            let entry = page.rsplit_once('=').unwrap().1.parse().unwrap();
            book.offers.push(Arrived { entry, taken });
        }
        if code == 502 {
            // Sometimes the answer takes longer than the five seconds that the program waits.
            let silent = rng.random_bool(0.01);
            return ResponseTemplate::new(502).set_delay(Duration::from_secs(if silent { 6 } else { 0 }));
        }
        ResponseTemplate::new(200)
            .set_body_json(json!({ "errcode": code, "errmsg": "data.thing1.value invalid" }))
    }
}

struct LoggingIn;

impl Respond for LoggingIn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let code = request.url.query_pairs().find(|(name, _)| name == "js_code").unwrap().1;
        let openid = code.strip_prefix("dev:").unwrap();
        ResponseTemplate::new(200).set_body_json(json!({ "openid": openid, "session_key": "k" }))
    }
}

impl FakeWechat {
    pub(crate) async fn open(seed: u64) -> Self {
        let server = MockServer::builder().disable_request_recording().start().await;
        let book = Arc::new(Mutex::new(Book::default()));
        let token = json!({ "access_token": "token", "expires_in": 7200 });
        let answers = Mock::given(method("POST")).and(path("/cgi-bin/stable_token"));
        answers.respond_with(ResponseTemplate::new(200).set_body_json(token)).mount(&server).await;
        let answers = Mock::given(method("GET")).and(path("/sns/jscode2session"));
        answers.respond_with(LoggingIn).mount(&server).await;
        let answers = Mock::given(method("POST")).and(path("/cgi-bin/message/subscribe/send"));
        answers.respond_with(Sending { seed, book: Arc::clone(&book) }).mount(&server).await;
        Self { server, book, delayed: BTreeMap::new() }
    }

    pub(crate) fn base(&self) -> String {
        self.server.uri()
    }

    /// The templates file: every message that the plan has a notification for has a template.
    pub(crate) fn templates() -> Value {
        let all = WITH_TEMPLATES.into_iter().chain([MessageKind::StaffChange]).map(|kind| {
            let id = match kind {
                MessageKind::SpotAvailable => OFFER.to_owned(),
                other => format!("T-{other}"),
            };
            (
                kind.as_str().to_owned(),
                json!({ "id": id, "fields": { "course": "thing1", "note": "thing2" } }),
            )
        });
        all.collect()
    }

    /// Moves the deadlines of the offers that a sweep at `now` delivered after a failed attempt: to the end of a decision
    /// window from `now`, but not past the cutoff and not earlier (R2.76). Returns how many moved.
    pub(crate) fn tell(&mut self, gym: &mut Gym, now: Ms, named: impl Fn(i64) -> (usize, usize)) -> usize {
        let mut moved = 0;
        for arrived in std::mem::take(&mut self.book.lock().unwrap().offers) {
            let (child, number) = named(arrived.entry);
            let numbers = gym.numbers(number);
            let window = numbers.window;
            let cutoff = gym.classes[number].last_notification(&numbers) + window;
            let entry = gym.class(number).entries.get_mut(&child).expect("an entry");
            let round = (number, child, entry.offers.len());
            assert_eq!(
                entry.status,
                EntryStatus::Notified,
                "a message about an offer that is over: {round:?}"
            );
            match arrived.taken {
                None => *self.delayed.entry(round).or_default() += 1,
                Some(true) if self.delayed.contains_key(&round) => {
                    let deadline = entry.deadline.max(Some((now + window).min(cutoff)));
                    entry.deadline = deadline;
                    let offer = entry.offers.last_mut().expect("an offer");
                    assert_eq!(offer.status, NotificationStatus::Sent);
                    let deadline = deadline.expect("a deadline");
                    moved += usize::from(deadline > offer.deadline);
                    offer.deadline = deadline;
                }
                Some(_) => {}
            }
        }
        moved
    }
}
