//! A gym with one class of one booked seat, and members who wait for it.

use backend::wechat::messenger::{Outgoing, PACE};
use backend::wechat::templates::Templates;
use backend::wechat::{Login, WeChat};
use chrono::{DateTime, Utc};
use logic::status::Role;
use logic::{Instant, Policy};
use serde_json::{Value, json};
use test_support::TestApp;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The start of the class: Tuesday 18:00 in Shanghai, 34 hours after the start of the clock.
pub(crate) const CLASS: &str = "2030-03-05T10:00:00.000Z";
/// Its booking date.
pub(crate) const DATE: &str = "2030-03-05";
/// The path at which WeChat accepts messages.
pub(crate) const SEND: &str = "/cgi-bin/message/subscribe/send";
/// The path at which WeChat issues tokens.
pub(crate) const TOKEN: &str = "/cgi-bin/stable_token";

/// The gym. Member 1 has booked the seat; the others have no booking.
pub(crate) struct Gym {
    pub(crate) app: TestApp,
}

impl Gym {
    /// Opens the gym with the recorder.
    pub(crate) async fn new(members: i64) -> Self {
        Self::with(members, Policy::default()).await
    }

    /// Opens the gym with the recorder and a policy.
    pub(crate) async fn with(members: i64, policy: Policy) -> Self {
        Self { app: TestApp::with(policy, Login::Dev).await }.open(members).await
    }

    /// Opens the gym with messages to `wechat`.
    pub(crate) async fn sending_to(wechat: &MockServer, members: i64) -> Self {
        Self::sending_with(wechat, outgoing(), Policy::default(), members).await
    }

    /// Opens the gym with messages to `wechat`, by these templates and a policy.
    pub(crate) async fn sending_with(
        wechat: &MockServer,
        outgoing: Outgoing,
        policy: Policy,
        members: i64,
    ) -> Self {
        Self { app: TestApp::sending(policy, login(wechat), outgoing).await }.open(members).await
    }

    async fn open(self, members: i64) -> Self {
        let accounts: Vec<_> =
            (1..=members).map(|n| json!({"id": n, "openid": format!("o{n}"), "role": "member"})).collect();
        let profiles: Vec<_> =
            (1..=members).map(|n| json!({"id": n, "account_id": n, "name": format!("孩子{n}")})).collect();
        self.app
            .load(&json!({
                "courses": [{"id": 1, "name": "少儿体操", "category": "gym", "duration_minutes": 60}],
                "schedules": [{"id": 1, "course_id": 1, "weekday": 2, "start_time": "18:00", "capacity": 1}],
                "accounts": accounts,
                "profiles": profiles,
                "bookings": [{"id": 1, "profile_id": 1, "course_schedule_id": 1, "booking_date": DATE,
                              "status": "booked"}],
            }))
            .await
            .unwrap();
        self
    }

    /// Returns a member's token. The account and its profile have the same number.
    pub(crate) fn token(&self, member: i64) -> String {
        self.app.token(member, Role::Member)
    }

    /// Joins the waitlist with the member; returns the entry's id.
    pub(crate) async fn join(&self, member: i64) -> i64 {
        let body = json!({"profile_id": member, "course_schedule_id": 1, "booking_date": DATE});
        let answer =
            self.app.post("/api/v1/waitlist/join", Some(&self.token(member)), body).await.expect(201);
        answer.body["id"].as_i64().unwrap()
    }

    /// Joins with every member but member 1, in order; returns the entries.
    pub(crate) async fn all_join(&self, members: i64) -> Vec<i64> {
        let mut entries = Vec::new();
        for member in 2..=members {
            entries.push(self.join(member).await);
        }
        entries
    }

    /// Cancels member 1's booking, so that the first entry is offered the seat.
    pub(crate) async fn free_the_seat(&self) {
        self.app.delete("/api/v1/bookings/1", Some(&self.token(1))).await.expect(200);
    }

    /// Answers the member's offer.
    pub(crate) async fn respond(&self, member: i64, entry: i64, action: &str) {
        let path = format!("/api/v1/waitlist/{entry}/respond");
        self.app.put(&path, Some(&self.token(member)), json!({ "action": action })).await.expect(200);
    }

    /// Runs every sweep to its end; returns their counts.
    pub(crate) async fn sweep(&self) -> Value {
        self.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body
    }

    /// Advances the clock.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.app.post("/api/v1/dev/clock/advance", None, json!({ "seconds": seconds })).await.expect(200);
    }

    /// Returns the service's time.
    pub(crate) fn now(&self) -> Instant {
        self.app.app.clock.now()
    }

    /// Returns the templates of the messages to a member, in order.
    pub(crate) async fn messages(&self, member: i64) -> Vec<String> {
        let path = format!("/api/v1/dev/messages?openid=o{member}&limit=100");
        let items = self.app.get(&path, None).await.expect(200).body["items"].clone();
        items.as_array().unwrap().iter().map(|m| m["template"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns a connection to the database.
    pub(crate) async fn db(&self) -> sqlx::pool::PoolConnection<sqlx::MySql> {
        self.app.app.pool.acquire().await.unwrap()
    }

    /// Returns the count of a query.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.app.count(query).await
    }

    /// Returns the rows of the outbox, in order.
    pub(crate) async fn outbox(&self) -> Vec<Sent> {
        sqlx::query_as(
            "SELECT o.status, o.attempts, o.last_error, o.not_before, n.delivery \
             FROM outbox o LEFT JOIN waitlist_notification n ON n.id = o.notification_id ORDER BY o.id",
        )
        .fetch_all(&mut *self.db().await)
        .await
        .unwrap()
    }

    /// Returns an entry's status and the deadline of its offer.
    pub(crate) async fn entry(&self, id: i64) -> (String, Option<Instant>) {
        let row: (String, Option<DateTime<Utc>>) =
            sqlx::query_as("SELECT status, response_deadline FROM waitlist WHERE id = ?")
                .bind(id)
                .fetch_one(&mut *self.db().await)
                .await
                .unwrap();
        (row.0, row.1.map(Instant::from))
    }
}

/// A row of the outbox.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Sent {
    pub(crate) status: String,
    pub(crate) attempts: i32,
    pub(crate) last_error: Option<String>,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) delivery: Option<String>,
}

/// Returns a WeChat client of the mock server.
pub(crate) fn login(wechat: &MockServer) -> Login {
    Login::WeChat(WeChat::new(&wechat.uri(), "wx1".to_owned(), "s3cret".into()).unwrap())
}

/// Returns settings with every template but that of the cancel notice, and without a rate limit.
pub(crate) fn outgoing() -> Outgoing {
    let templates = Templates::read(
        br#"{
            "spot_available": {"id": "T-SPOT", "fields": {"course": "thing8", "child": "name2", "deadline": "time5"}},
            "expiry_reminder": {"id": "T-REMIND", "fields": {"course": "thing1", "deadline": "time2"}},
            "waitlist_front": {"id": "T-NEWS", "fields": {"course": "thing1", "note": "thing2"}},
            "waitlist_closed": {"id": "T-NEWS", "fields": {"course": "thing1", "note": "thing2"}},
            "class_cancelled": {"id": "T-NEWS", "fields": {"course": "thing1", "note": "thing2"}}
        }"#,
    )
    .unwrap();
    Outgoing { templates: Some(templates), rate: 10_000.try_into().unwrap(), concurrency: PACE.concurrency }
}

/// Returns WeChat's answer to a message with this errcode; 0 means accepted.
pub(crate) fn verdict(errcode: i64, errmsg: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"errcode": errcode, "errmsg": errmsg}))
}

/// Makes WeChat issue this token, valid for two hours.
pub(crate) async fn gives_token(wechat: &MockServer, token: &str) {
    let granted = json!({"access_token": token, "expires_in": 7200});
    Mock::given(method("POST"))
        .and(path(TOKEN))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .mount(wechat)
        .await;
}

/// Makes WeChat answer every message in this way.
pub(crate) async fn answers(wechat: &MockServer, errcode: i64, errmsg: &str) {
    Mock::given(method("POST")).and(path(SEND)).respond_with(verdict(errcode, errmsg)).mount(wechat).await;
}

/// Makes WeChat answer the next message in this way.
pub(crate) async fn answers_once(wechat: &MockServer, answer: ResponseTemplate) {
    let mock = Mock::given(method("POST")).and(path(SEND)).respond_with(answer);
    mock.up_to_n_times(1).with_priority(1).mount(wechat).await;
}

/// Returns the requests that WeChat received at a path.
pub(crate) async fn requests(wechat: &MockServer, at: &str) -> Vec<wiremock::Request> {
    let all = wechat.received_requests().await.unwrap();
    all.into_iter().filter(|request| request.url.path() == at).collect()
}
