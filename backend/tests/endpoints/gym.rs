//! The gym of these tests: one class with one booked seat, a week ahead, and the accounts that use it.

use logic::Policy;
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

/// The class: a Monday, 18:00 in Shanghai.
pub(crate) const CLASS: &str = "/api/v1/sessions/1/2030-03-11";
/// The start of the class.
pub(crate) const STARTS: &str = "2030-03-11T10:00:00.000Z";
/// The last notification time of the class.
pub(crate) const LAST_NOTIFICATION: &str = "2030-03-11T03:30:00.000Z";

pub(crate) struct Gym {
    pub(crate) app: TestApp,
    /// Account 1 with the profiles 11 and 12; 11 has booking 1.
    pub(crate) ma: String,
    /// Account 2 with the profiles 21, 22 and 23.
    pub(crate) pa: String,
    /// Account 3, staff.
    pub(crate) coach: String,
    /// Account 4, the service role.
    pub(crate) cron: String,
}

pub(crate) fn world() -> Value {
    json!({
        "courses": [{"id": 1, "name": "体操入门", "category": "gym", "duration_minutes": 60}],
        "schedules": [
            {"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 1},
            {"id": 2, "course_id": 1, "weekday": 1, "start_time": "20:00", "capacity": 1},
        ],
        "accounts": [
            {"id": 1, "openid": "ma", "role": "member"},
            {"id": 2, "openid": "pa", "role": "member"},
            {"id": 3, "openid": "coach", "role": "staff"},
            {"id": 4, "openid": "cron", "role": "service"},
        ],
        "profiles": [
            {"id": 11, "account_id": 1, "name": "小满"},
            {"id": 12, "account_id": 1, "name": "小雪"},
            {"id": 21, "account_id": 2, "name": "小寒"},
            {"id": 22, "account_id": 2, "name": "小暑"},
            {"id": 23, "account_id": 2, "name": "立秋"},
        ],
        "bookings": [{
            "id": 1, "profile_id": 11, "course_schedule_id": 1, "booking_date": "2030-03-11", "status": "booked",
        }],
    })
}

impl Gym {
    pub(crate) async fn open() -> Self {
        Self::over(TestApp::start().await).await
    }

    /// Opens the gym with quiet hours until noon, so that a freed seat stays free and is not offered in turn.
    pub(crate) async fn in_quiet_hours() -> Self {
        let policy = Policy::from_json(&json!({"quiet_hours": {"from": 480, "to": 720}})).unwrap();
        Self::over(TestApp::with(policy, backend::wechat::Login::Dev).await).await
    }

    pub(crate) async fn over(app: TestApp) -> Self {
        app.load(&world()).await.unwrap();
        let (ma, pa) = (app.token(1, Role::Member), app.token(2, Role::Member));
        let (coach, cron) = (app.token(3, Role::Staff), app.token(4, Role::Service));
        Self { app, ma, pa, coach, cron }
    }

    /// Joins the waitlist with a profile of `pa`; returns the entry's id.
    pub(crate) async fn join(&self, profile: i64) -> i64 {
        self.post(&self.pa, "/waitlist/join", place(profile)).await.expect(201).body["id"].as_i64().unwrap()
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        self.app.get(&format!("/api/v1{path}"), Some(who)).await
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.app.post(&format!("/api/v1{path}"), Some(who), body).await
    }

    pub(crate) async fn put(&self, who: &str, path: &str, body: Value) -> Answer {
        self.app.put(&format!("/api/v1{path}"), Some(who), body).await
    }

    pub(crate) async fn delete(&self, who: &str, path: &str) -> Answer {
        self.app.delete(&format!("/api/v1{path}"), Some(who)).await
    }

    /// Frees the seat of booking 1.
    pub(crate) async fn cancel_booking(&self) {
        self.delete(&self.ma, "/bookings/1").await.expect(200);
    }

    pub(crate) async fn respond(&self, entry: i64, action: &str) -> Answer {
        self.put(&self.pa, &format!("/waitlist/{entry}/respond"), json!({ "action": action })).await
    }

    /// Returns the status of an entry.
    pub(crate) async fn status(&self, entry: i64) -> String {
        let body = self.get(&self.pa, &format!("/waitlist/{entry}")).await.expect(200).body;
        body["status"].as_str().unwrap().to_owned()
    }

    /// Returns the counters of the class as the API shows them: booked, held, free, waiting.
    pub(crate) async fn seats(&self) -> [i64; 4] {
        let body = self.app.get(CLASS, Some(&self.pa)).await.expect(200).body;
        ["booked", "held", "free", "waiting"].map(|field| body[field].as_i64().unwrap())
    }

    pub(crate) async fn advance(&self, seconds: u32) {
        self.app.post("/api/v1/dev/clock/advance", None, json!({ "seconds": seconds })).await.expect(200);
    }

    /// Returns the messages to an account, without those about the front of the queue, which have their own tests.
    pub(crate) async fn told(&self, openid: &str) -> Vec<String> {
        self.messages(openid).await.into_iter().filter(|template| template != "waitlist_front").collect()
    }

    /// Returns the templates of the messages to an account, oldest first.
    pub(crate) async fn messages(&self, openid: &str) -> Vec<String> {
        let body = self.app.get(&format!("/api/v1/dev/messages?limit=100&openid={openid}"), None).await.body;
        body["items"].as_array().unwrap().iter().map(|m| m["template"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the count of a query.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.app.count(query).await
    }

    /// Returns every row that a write could change, to compare before and after.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let mut all = vec![];
        for query in [
            "SELECT CONCAT_WS('|', id, capacity, booked, held, waiting, next_ticket, status) FROM class_session \
             ORDER BY id",
            "SELECT CONCAT_WS('|', id, status, source, cancelled_at) FROM booking ORDER BY id",
            "SELECT CONCAT_WS('|', id, status, `position`, response_deadline) FROM waitlist ORDER BY id",
            "SELECT CONCAT_WS('|', id, status, delivery) FROM waitlist_notification ORDER BY id",
            "SELECT CONCAT_WS('|', id, action, subject) FROM audit ORDER BY id",
        ] {
            let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&self.app.app.pool).await.unwrap();
            all.extend(rows);
        }
        all
    }
}

/// Returns the body that names the class and a profile.
pub(crate) fn place(profile: i64) -> Value {
    json!({"profile_id": profile, "course_schedule_id": 1, "booking_date": "2030-03-11"})
}
