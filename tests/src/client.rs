//! A typed client of the contract; [`Client::send`] sends malformed requests, too.

use crate::answer::{Answer, Problem};
use crate::openapi;
use chrono::NaiveDate;
use contract::shapes::{
    Action, Balance, Book, BookMakeup, Booking, CreditMovement, Entry, Join, LoggedIn, Login, Makeup,
    MakeupOption, Makeups, Owed, Page, Position, Preview, PreviewAsk, ProcessExpiry, Profile, Respond,
    Responded, Session, Swept, Time,
};
use logic::Instant;
use logic::ids::{BookingId, MakeupId, ProfileId, ScheduleId, WaitlistId};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The result of a call.
pub type Answered<T> = Result<T, Problem>;

/// A client of the service with its own connections. It repeats each read with the `etag` of the last answer, so that
/// every test that reads twice also checks conditional requests.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    key: Option<String>,
    held: Arc<Mutex<Held>>,
}

/// The latest answers with an `etag`, by token and path.
type Held = HashMap<(Option<String>, String), Answer>;

/// A message in the recorder (`GET /dev/messages`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The recipient.
    pub openid: String,
    /// The template.
    pub template: String,
    /// The page that a tap opens.
    pub page: String,
    /// The fields of the template.
    pub data: Value,
    /// When it was written.
    pub at: Instant,
    /// The entry that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waitlist_id: Option<WaitlistId>,
}

impl Client {
    /// Creates a client without a token. `base` is the address of the service without `/api/v1`.
    pub fn new(base: &str) -> Self {
        // Once per process: a second call fails because the provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            token: None,
            key: None,
            held: Arc::default(),
        }
    }

    /// Returns a client with a token and its own connections.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..Self::new(&self.base) }
    }

    /// Returns a client with the same token and its own connections, for races.
    pub fn apart(&self) -> Self {
        Self { token: self.token.clone(), ..Self::new(&self.base) }
    }

    /// Returns a client for another account over the same connections.
    pub fn speaking_as(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Returns a client whose requests carry this `Idempotency-Key`.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// Sends a request under `/api/v1`. The body is sent unchanged with `content_type`.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        self.try_send(method, path, content_type, body).await.unwrap()
    }

    /// Sends a request to a service that may be killed meanwhile.
    ///
    /// # Errors
    /// There is no complete answer, so the outcome is unknown.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer, reqwest::Error> {
        let reads = method == Method::GET && body.is_empty();
        let mut request =
            self.http.request(method.clone(), format!("{}/api/v1{path}", self.base)).body(body.clone());
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let place = reads.then(|| (self.token.clone(), path.to_owned()));
        let before = place.as_ref().and_then(|place| self.held.lock().unwrap().get(place).cloned());
        if let Some(before) = &before {
            request = request.header(IF_NONE_MATCH, before.header("etag"));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        if let (304, Some(before)) = (status, before) {
            assert_eq!((before.header("etag"), text.as_str()), (headers["etag"].to_str().unwrap(), ""));
            let mut merged = before.headers;
            merged.extend(headers.into_iter().filter_map(|(name, value)| Some((name?, value))));
            return Ok(Answer { status: 200, headers: merged, body: before.body });
        }
        let answer = Answer { status, headers, body: text };
        openapi::check(&method, path, &body, &answer);
        if let Some(place) = place.filter(|_| status == 200 && !answer.header("etag").is_empty()) {
            self.held.lock().unwrap().insert(place, answer.clone());
        }
        Ok(answer)
    }

    /// Sends a request with a JSON body.
    pub async fn json(&self, method: Method, path: &str, body: &impl Serialize) -> Answer {
        self.send(method, path, Some("application/json"), serde_json::to_vec(body).unwrap()).await
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Vec::new()).await
    }

    /// `POST /auth/login`.
    pub async fn login(&self, code: &str) -> Answered<LoggedIn> {
        self.json(Method::POST, "/auth/login", &Login { code: code.to_owned() }).await.read(200)
    }

    /// `GET /time`.
    pub async fn time(&self) -> Answered<Time> {
        self.get("/time").await.read(200)
    }

    /// `GET /profiles`.
    pub async fn profiles(&self) -> Answered<Page<Profile>> {
        self.get("/profiles").await.read(200)
    }

    /// `GET /sessions/{id}/{date}`.
    pub async fn session(&self, schedule: ScheduleId, date: NaiveDate) -> Answered<Session> {
        self.get(&format!("/sessions/{schedule}/{date}")).await.read(200)
    }

    /// `GET /sessions?{query}`.
    pub async fn sessions(&self, query: &str) -> Answered<Page<Session>> {
        self.get(&format!("/sessions?{query}")).await.read(200)
    }

    /// `POST /bookings`.
    pub async fn book(&self, ask: &Book) -> Answered<Booking> {
        self.json(Method::POST, "/bookings", ask).await.read(201)
    }

    /// `DELETE /bookings/{id}`.
    pub async fn cancel(&self, id: BookingId) -> Answered<Booking> {
        self.delete(&format!("/bookings/{id}")).await.read(200)
    }

    /// `POST /bookings/{id}/leave`.
    pub async fn take_leave(&self, id: BookingId) -> Answered<Booking> {
        self.send(Method::POST, &format!("/bookings/{id}/leave"), None, Vec::new()).await.read(200)
    }

    /// `GET /bookings/my?{query}`.
    pub async fn my_bookings(&self, query: &str) -> Answered<Page<Booking>> {
        self.get(&format!("/bookings/my?{query}")).await.read(200)
    }

    /// `POST /waitlist/join`.
    pub async fn join(&self, ask: &Join) -> Answered<Entry> {
        self.json(Method::POST, "/waitlist/join", ask).await.read(201)
    }

    /// `GET /waitlist/{id}`.
    pub async fn entry(&self, id: WaitlistId) -> Answered<Entry> {
        self.get(&format!("/waitlist/{id}")).await.read(200)
    }

    /// `GET /waitlist/position/{id}`.
    pub async fn position(&self, id: WaitlistId) -> Answered<Position> {
        self.get(&format!("/waitlist/position/{id}")).await.read(200)
    }

    /// `GET /waitlist/my?{query}`.
    pub async fn my_entries(&self, query: &str) -> Answered<Page<Entry>> {
        self.get(&format!("/waitlist/my?{query}")).await.read(200)
    }

    /// `DELETE /waitlist/{id}`.
    pub async fn leave(&self, id: WaitlistId) -> Answered<Entry> {
        self.delete(&format!("/waitlist/{id}")).await.read(200)
    }

    /// `PUT /waitlist/{id}/respond`.
    pub async fn respond(&self, id: WaitlistId, action: Action) -> Answered<Responded> {
        self.json(Method::PUT, &format!("/waitlist/{id}/respond"), &Respond { action }).await.read(200)
    }

    /// Confirms an offer (立即预约).
    pub async fn confirm(&self, id: WaitlistId) -> Answered<Responded> {
        self.respond(id, Action::Confirm).await
    }

    /// Declines an offer (放弃).
    pub async fn decline(&self, id: WaitlistId) -> Answered<Responded> {
        self.respond(id, Action::Decline).await
    }

    /// `GET /makeup/owed?{query}`.
    pub async fn owed(&self, query: &str) -> Answered<Page<Owed>> {
        self.get(&format!("/makeup/owed?{query}")).await.read(200)
    }

    /// `GET /makeup/available?{query}`.
    pub async fn available(&self, query: &str) -> Answered<Page<MakeupOption>> {
        self.get(&format!("/makeup/available?{query}")).await.read(200)
    }

    /// `POST /makeup/book`.
    pub async fn make_up(&self, ask: &BookMakeup) -> Answered<Makeup> {
        self.json(Method::POST, "/makeup/book", ask).await.read(201)
    }

    /// `GET /makeup/my?{query}`.
    pub async fn my_makeups(&self, query: &str) -> Answered<Makeups> {
        self.get(&format!("/makeup/my?{query}")).await.read(200)
    }

    /// `DELETE /makeup/{id}/cancel`.
    pub async fn cancel_makeup(&self, id: MakeupId) -> Answered<Makeup> {
        self.delete(&format!("/makeup/{id}/cancel")).await.read(200)
    }

    /// `GET /compensation/balance`.
    pub async fn balance(&self, profile: ProfileId) -> Answered<Balance> {
        self.get(&format!("/compensation/balance?profile_id={profile}")).await.read(200)
    }

    /// `GET /compensation/history?{query}`.
    pub async fn history(&self, query: &str) -> Answered<Page<CreditMovement>> {
        self.get(&format!("/compensation/history?{query}")).await.read(200)
    }

    /// `POST /compensation/preview`.
    pub async fn preview(&self, profile: ProfileId, minutes: i64) -> Answered<Preview> {
        let ask = PreviewAsk { profile_id: profile, required_minutes: minutes };
        self.json(Method::POST, "/compensation/preview", &ask).await.read(200)
    }

    /// `POST /waitlist/process-expiry`.
    pub async fn process_expiry(&self, limit: Option<u32>) -> Answered<Swept> {
        self.json(Method::POST, "/waitlist/process-expiry", &ProcessExpiry { limit }).await.read(200)
    }

    /// `PUT /dev/clock`.
    pub async fn set_clock(&self, now: Instant) -> Answered<Time> {
        self.json(Method::PUT, "/dev/clock", &Time { now }).await.read(200)
    }

    /// `POST /dev/clock/advance`.
    pub async fn advance_clock(&self, seconds: u32) -> Answered<Time> {
        self.json(Method::POST, "/dev/clock/advance", &json!({ "seconds": seconds })).await.read(200)
    }

    /// `POST /dev/sweep`: the counts of the queues.
    pub async fn sweep(&self) -> Answered<Swept> {
        let counts = self.sweep_counts().await?;
        let count = |name: &str| counts[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap();
        Ok(Swept {
            expired: count("expired"),
            promoted: count("promoted"),
            closed: count("closed"),
            released: count("released"),
        })
    }

    /// `POST /dev/sweep`: every count.
    pub async fn sweep_counts(&self) -> Answered<Value> {
        self.json(Method::POST, "/dev/sweep", &json!({})).await.read(200)
    }

    /// `GET /dev/messages` for one account, oldest first.
    pub async fn messages(&self, openid: &str) -> Answered<Vec<Told>> {
        let page: Page<Told> =
            self.get(&format!("/dev/messages?limit=100&openid={openid}")).await.read(200)?;
        assert_eq!(page.next_cursor, None, "more messages than one page holds");
        Ok(page.items)
    }
}

/// Returns the body of a join of `profile`.
pub fn join(profile: ProfileId, schedule: ScheduleId, date: NaiveDate) -> Join {
    Join { profile_id: profile, course_schedule_id: schedule, booking_date: date, makeup_for: None }
}

/// Returns the body of a direct booking of `profile` without credit.
pub fn book(profile: ProfileId, schedule: ScheduleId, date: NaiveDate) -> Book {
    Book {
        profile_id: profile,
        course_schedule_id: schedule,
        booking_date: date,
        pay_with_compensation: false,
        late: false,
        reason: None,
    }
}
