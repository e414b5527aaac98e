//! The gym for the tests of makeups and credit: the classes of a week, two profiles of one account and one of another.

use backend::service::call_off;
use backend::service::queue::settle;
use backend::service::sweep_runner::Stop;
use backend::store::{self, Conn};
use backend::wechat::Login;
use backend::wechat::messenger::Outgoing;
use logic::Policy;
use logic::ids::SessionId;
use logic::session::Command;
use logic::status::Role;
use private_database::Kind;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};

/// The missed class: 90 minutes, Monday 18:00.
pub(crate) const MISSED: i64 = 10;
/// 60 minutes, Wednesday 18:00, one seat.
pub(crate) const SHORT: i64 = 11;
/// 90 minutes, Thursday 18:00.
pub(crate) const SAME: i64 = 12;
/// 120 minutes, Friday 18:00.
pub(crate) const LONG: i64 = 13;
/// 60 minutes of swimming, Thursday 10:00.
pub(crate) const SWIMMING: i64 = 14;
/// 60 minutes, Wednesday 18:30.
pub(crate) const OVERLAPPING: i64 = 15;
/// 30 minutes, Saturday 10:00.
pub(crate) const HALF_HOUR: i64 = 16;
/// 30 minutes, Sunday 10:00.
pub(crate) const SUNDAY: i64 = 17;

/// The account of profiles 101 and 102.
pub(crate) const FAMILY: i64 = 1;
/// The account of profile 201.
pub(crate) const OTHER: i64 = 2;
pub(crate) const CHILD: i64 = 101;
pub(crate) const SIBLING: i64 = 102;
pub(crate) const FRIEND: i64 = 201;

/// The booking of [`CHILD`] that took leave from [`MISSED`] on Monday.
pub(crate) const LEAVE: i64 = 501;
/// The booking of [`SIBLING`] that took leave from it.
pub(crate) const SIBLINGS_LEAVE: i64 = 502;
/// A booking of [`CHILD`] that took leave a week before.
pub(crate) const OLD_LEAVE: i64 = 503;

pub(crate) struct Gym {
    pub(crate) app: TestApp,
    family: String,
    other: String,
}

impl Gym {
    pub(crate) async fn new() -> Self {
        Self::with(Policy::default()).await
    }

    pub(crate) async fn with(policy: Policy) -> Self {
        Self::open(TestApp::with(policy, Login::Dev).await).await
    }

    /// Opens it on a server of that kind.
    pub(crate) async fn on(kind: Kind) -> Self {
        Self::open(TestApp::on(kind, Login::Dev, Outgoing::default()).await).await
    }

    async fn open(app: TestApp) -> Self {
        let course = |id: i64, category: &str, minutes: i64| json!({"id": id, "name": "课", "category": category, "duration_minutes": minutes});
        let schedule = |id: i64, course: i64, weekday: i64, time: &str, capacity: i64| json!({"id": id, "course_id": course, "weekday": weekday, "start_time": time, "capacity": capacity});
        let booking = |id: i64, profile: i64, schedule: i64, date: &str, status: &str| {
            json!({"id": id, "profile_id": profile, "course_schedule_id": schedule, "booking_date": date,
                   "status": status})
        };
        let fixtures = json!({
            "courses": [
                course(1, "gym", 90), course(2, "gym", 60), course(3, "gym", 120), course(4, "swim", 60),
                course(5, "gym", 30),
            ],
            "schedules": [
                schedule(MISSED, 1, 1, "18:00", 3), schedule(SHORT, 2, 3, "18:00", 1),
                schedule(SAME, 1, 4, "18:00", 2), schedule(LONG, 3, 5, "18:00", 2),
                schedule(SWIMMING, 4, 4, "10:00", 2), schedule(OVERLAPPING, 2, 3, "18:30", 2),
                schedule(HALF_HOUR, 5, 6, "10:00", 2), schedule(SUNDAY, 5, 7, "10:00", 2),
            ],
            "accounts": [
                {"id": FAMILY, "openid": "family", "role": "member"},
                {"id": OTHER, "openid": "other", "role": "member"},
                {"id": 9, "openid": "staff", "role": "staff"},
            ],
            "profiles": [
                {"id": CHILD, "account_id": FAMILY, "name": "小满"},
                {"id": SIBLING, "account_id": FAMILY, "name": "小雪"},
                {"id": FRIEND, "account_id": OTHER, "name": "小寒"},
            ],
            "bookings": [
                booking(LEAVE, CHILD, MISSED, "2030-03-04", "leave"),
                booking(SIBLINGS_LEAVE, SIBLING, MISSED, "2030-03-04", "leave"),
                booking(OLD_LEAVE, CHILD, MISSED, "2030-02-25", "leave"),
            ],
        });
        app.load(&fixtures).await.unwrap();
        Self::over(app)
    }

    /// The same gym after a restart, under a version of the policy that holds for classes since the test began.
    pub(crate) async fn under(self, policy: Policy) -> Self {
        let json = policy.to_json().to_string();
        sqlx::query(
            "INSERT INTO policy_version (id, effective_from, policy, created_by) \
             SELECT COALESCE(MAX(id), 0) + 1, '2030-03-04', ?, 0 FROM policy_version",
        )
        .bind(json)
        .execute(&self.app.app.pool)
        .await
        .unwrap();
        Self::over(self.app.beside_under(policy).await)
    }

    pub(crate) fn over(app: TestApp) -> Self {
        let (family, other) = (app.token(FAMILY, Role::Member), app.token(OTHER, Role::Member));
        Self { app, family, other }
    }

    fn token(&self, profile: i64) -> &str {
        if profile == FRIEND { &self.other } else { &self.family }
    }

    pub(crate) async fn get(&self, profile: i64, path: &str) -> Value {
        self.app.get(&format!("/api/v1{path}"), Some(self.token(profile))).await.expect(200).body
    }

    pub(crate) async fn try_get(&self, profile: i64, path: &str) -> Answer {
        self.app.get(&format!("/api/v1{path}"), Some(self.token(profile))).await
    }

    pub(crate) async fn post(&self, profile: i64, path: &str, body: Value) -> Answer {
        self.app.post(&format!("/api/v1{path}"), Some(self.token(profile)), body).await
    }

    pub(crate) async fn put(&self, profile: i64, path: &str, body: Value) -> Answer {
        self.app.put(&format!("/api/v1{path}"), Some(self.token(profile)), body).await
    }

    pub(crate) async fn delete(&self, profile: i64, path: &str) -> Answer {
        self.app.delete(&format!("/api/v1{path}"), Some(self.token(profile))).await
    }

    pub(crate) async fn make_up(&self, profile: i64, original: i64, schedule: i64, date: &str) -> Answer {
        let body = json!({"profile_id": profile, "original_booking_id": original,
                          "course_schedule_id": schedule, "booking_date": date});
        self.post(profile, "/makeup/book", body).await
    }

    pub(crate) async fn book(&self, profile: i64, schedule: i64, date: &str, pay: bool) -> Answer {
        let body = json!({"profile_id": profile, "course_schedule_id": schedule, "booking_date": date,
                          "pay_with_compensation": pay});
        self.post(profile, "/bookings", body).await
    }

    pub(crate) async fn wait_to_make_up(
        &self,
        profile: i64,
        original: i64,
        schedule: i64,
        date: &str,
    ) -> Answer {
        let body = json!({"profile_id": profile, "course_schedule_id": schedule, "booking_date": date,
                          "makeup_for": original});
        self.post(profile, "/waitlist/join", body).await
    }

    pub(crate) async fn confirm(&self, profile: i64, entry: i64) -> Answer {
        self.put(profile, &format!("/waitlist/{entry}/respond"), json!({"action": "confirm"})).await
    }

    pub(crate) async fn cancel(&self, profile: i64, booking: i64) -> Answer {
        self.delete(profile, &format!("/bookings/{booking}")).await
    }

    pub(crate) async fn cancel_makeup(&self, profile: i64, makeup: i64) -> Answer {
        self.delete(profile, &format!("/makeup/{makeup}/cancel")).await
    }

    pub(crate) async fn balance(&self, profile: i64) -> Value {
        self.get(profile, &format!("/compensation/balance?profile_id={profile}")).await
    }

    /// Returns the ledger as kind, minutes and remaining minutes, newest first.
    pub(crate) async fn history(&self, profile: i64) -> Vec<(String, i64, i64)> {
        let page = self.get(profile, &format!("/compensation/history?profile_id={profile}&limit=100")).await;
        let row = |item: &Value| {
            let number = |name: &str| item[name].as_i64().unwrap();
            (item["kind"].as_str().unwrap().to_owned(), number("minutes"), number("remaining_minutes"))
        };
        page["items"].as_array().unwrap().iter().map(row).collect()
    }

    pub(crate) async fn owed(&self, profile: i64) -> Vec<i64> {
        let page = self.get(profile, &format!("/makeup/owed?profile_id={profile}")).await;
        page["items"].as_array().unwrap().iter().map(|item| id(&item["booking"])).collect()
    }

    /// Reads a booking as its owner.
    pub(crate) async fn booking(&self, profile: i64, booking: i64) -> Value {
        let page = self.get(profile, &format!("/bookings/my?profile_id={profile}&limit=100")).await;
        page["items"].as_array().unwrap().iter().find(|item| id(item) == booking).unwrap().clone()
    }

    /// Returns the booking of a makeup.
    pub(crate) async fn place(&self, makeup: i64) -> i64 {
        sqlx::query_scalar("SELECT booking_id FROM makeup_booking WHERE id = ?")
            .bind(makeup)
            .fetch_one(&self.app.app.pool)
            .await
            .unwrap()
    }

    /// Calls a class off.
    pub(crate) async fn call_off(&self, schedule: i64, date: &str) {
        let session: i64 = sqlx::query_scalar(
            "SELECT id FROM class_session WHERE course_schedule_id = ? AND booking_date = ?",
        )
        .bind(schedule)
        .bind(date)
        .fetch_one(&self.app.app.pool)
        .await
        .unwrap();
        let app = &self.app.app;
        assert!(
            !settle(app, SessionId(session), Command::CallOff, app.clock.now()).await.unwrap().is_empty()
        );
        call_off::finish(app, SessionId(session), app.clock.now(), &Stop::never()).await.unwrap();
    }

    /// What the doctor finds wrong in the tables.
    pub(crate) async fn troubles(&self) -> Vec<String> {
        troubles(&mut self.app.app.pool.acquire().await.unwrap()).await
    }

    pub(crate) async fn close(self) {
        assert_eq!(self.troubles().await, [""; 0]);
    }
}

/// What the doctor finds wrong in the rows of the tables.
pub(crate) async fn troubles(conn: &mut Conn) -> Vec<String> {
    let mut troubles = Vec::new();
    for check in store::checks() {
        let rows = check.run(&mut *conn).await.unwrap();
        troubles.extend(rows.iter().map(|row| format!("{} {}: {}", check.table, row.id, check.right)));
    }
    troubles
}

pub(crate) fn id(item: &Value) -> i64 {
    item["id"].as_i64().unwrap()
}
