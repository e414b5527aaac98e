//! Days of a gym in which nearly everything happens once: every list is read, every sweep finds something.

use backend::wechat::messenger::{Outgoing, PACE};
use backend::wechat::templates::Templates;
use backend::wechat::{Login, WeChat};
use logic::status::Role;
use serde_json::{Value, json};
use test_support::{Answer, TestApp};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Mondays 18:00, one seat, 60 minutes.
const FULL: i64 = 1;
/// Wednesdays 18:00, five seats, 30 minutes.
const SHORT: i64 = 2;
/// Thursdays 18:00, five seats, 30 minutes.
const PAID: i64 = 3;
/// Fridays 18:00, one seat, 60 minutes.
const WANTED: i64 = 4;
/// Saturdays 18:00, five seats, 60 minutes.
const CALLED_OFF: i64 = 5;

const FAMILY: i64 = 1;
const CHILD: i64 = 11;
const SIBLING: i64 = 12;
const OTHER: i64 = 21;
const STRANGER: i64 = 31;

/// WeChat, as a server that takes every message.
pub(crate) async fn wechat() -> MockServer {
    let wechat = MockServer::start().await;
    for (at, body) in [
        ("/cgi-bin/stable_token", json!({"access_token": "t", "expires_in": 7200})),
        ("/cgi-bin/message/subscribe/send", json!({"errcode": 0, "errmsg": "ok"})),
    ] {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method("POST")).and(path(at)).respond_with(answer).mount(&wechat).await;
    }
    wechat
}

/// How the service speaks to that WeChat.
pub(crate) fn ways(wechat: &MockServer) -> (Login, Outgoing) {
    let template = |id: &str| json!({"id": id, "fields": {"course": "thing1"}});
    let templates = json!({"spot_available": template("T1"), "waitlist_front": template("T2"),
                           "expiry_reminder": template("T3"), "class_cancelled": template("T4")});
    let outgoing = Outgoing {
        templates: Some(Templates::read(templates.to_string().as_bytes()).unwrap()),
        rate: 10_000.try_into().unwrap(),
        concurrency: PACE.concurrency,
    };
    (Login::WeChat(WeChat::new(&wechat.uri(), "wx1".to_owned(), "s3cret".into()).unwrap()), outgoing)
}

struct Gym<'a> {
    app: &'a TestApp,
    family: String,
    other: String,
    staff: String,
    owner: String,
}

fn fixtures() -> Value {
    let course = |id: i64, minutes: i64| json!({"id": id, "name": "课", "category": "gym", "duration_minutes": minutes});
    let schedule = |id: i64, course: i64, weekday: i64, capacity: i64| json!({"id": id, "course_id": course, "weekday": weekday, "start_time": "18:00", "capacity": capacity});
    let account = |id: i64, openid: &str, role: &str| json!({"id": id, "openid": openid, "role": role});
    let profile = |id: i64, account: i64| json!({"id": id, "account_id": account, "name": "小满"});
    let booking = |id: i64, profile: i64, schedule: i64, date: &str, status: &str| json!({"id": id, "profile_id": profile, "course_schedule_id": schedule, "booking_date": date, "status": status});
    let mut schedules = vec![
        schedule(FULL, 1, 1, 1),
        schedule(SHORT, 2, 3, 5),
        schedule(PAID, 2, 4, 5),
        schedule(WANTED, 1, 5, 1),
        schedule(CALLED_OFF, 1, 6, 5),
    ];
    let mut bookings = vec![
        booking(501, CHILD, CALLED_OFF, "2030-03-02", "leave"),
        booking(502, SIBLING, CALLED_OFF, "2030-03-02", "leave"),
        booking(503, CHILD, FULL, "2030-03-04", "leave"),
        booking(601, OTHER, FULL, "2030-03-11", "booked"),
        booking(602, OTHER, WANTED, "2030-03-15", "booked"),
        booking(603, OTHER, CALLED_OFF, "2030-03-16", "booked"),
    ];
    // The rest of the timetable.
    for other in 100..140 {
        schedules.push(schedule(other, 2, 7, 5));
        bookings.push(booking(600 + other, STRANGER, other, "2030-03-10", "booked"));
    }
    json!({
        "courses": [course(1, 60), course(2, 30)],
        "schedules": schedules,
        "accounts": [
            account(FAMILY, "family", "member"), account(2, "other", "member"), account(3, "stranger", "member"), account(8, "cron", "service"),
            account(9, "staff", "staff"), account(10, "owner", "owner"),
        ],
        "profiles": [profile(CHILD, FAMILY), profile(SIBLING, FAMILY), profile(OTHER, 2), profile(STRANGER, 3)],
        "bookings": bookings,
    })
}

fn id(body: &Value) -> i64 {
    body["id"].as_i64().unwrap()
}

impl<'a> Gym<'a> {
    fn of(app: &'a TestApp) -> Self {
        let token = |account, role| app.token(account, role);
        Self {
            app,
            family: token(FAMILY, Role::Member),
            other: token(2, Role::Member),
            staff: token(9, Role::Staff),
            owner: token(10, Role::Owner),
        }
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        self.app.get(&format!("/api/v1{path}"), Some(token)).await.expect(200).body
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.app.post(&format!("/api/v1{path}"), Some(token), body).await
    }

    async fn delete(&self, token: &str, path: &str) -> Answer {
        self.app.delete(&format!("/api/v1{path}"), Some(token)).await
    }

    async fn join(&self, token: &str, profile: i64, schedule: i64, date: &str) -> i64 {
        let body = json!({"profile_id": profile, "course_schedule_id": schedule, "booking_date": date});
        id(&self.post(token, "/waitlist/join", body).await.expect(201).body)
    }

    async fn respond(&self, token: &str, entry: i64, action: &str) -> Answer {
        let path = format!("/api/v1/waitlist/{entry}/respond");
        self.app.put(&path, Some(token), json!({ "action": action })).await
    }

    async fn sweep(&self) {
        self.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
    }

    async fn advance(&self, seconds: i64) {
        self.app.post("/api/v1/dev/clock/advance", None, json!({ "seconds": seconds })).await.expect(200);
    }

    /// Reads everything that can be read.
    async fn read_all(&self) {
        let owned = format!("limit=100&profile_id={CHILD}");
        for path in [
            "/profiles".to_owned(),
            "/sessions?from=2030-03-04&to=2030-03-24&limit=100".to_owned(),
            format!("/sessions/{FULL}/2030-03-11"),
            format!("/bookings/my?{owned}"),
            "/bookings/my?limit=1".to_owned(),
            format!("/waitlist/my?{owned}"),
            "/waitlist/my?limit=1".to_owned(),
            "/waitlist/my?limit=100&status=waiting".to_owned(),
            format!("/notifications/my?{owned}"),
            "/notifications/my?limit=1".to_owned(),
            format!("/messages/my?{owned}"),
            "/messages/my?limit=1".to_owned(),
            "/bookings/my?limit=100&from=2030-03-01".to_owned(),
            format!("/makeup/my?{owned}"),
            "/makeup/my?limit=100&status=confirmed".to_owned(),
            format!("/makeup/owed?{owned}"),
            "/makeup/owed?limit=1".to_owned(),
            format!("/makeup/available?{owned}&original_booking_id=503"),
            format!("/compensation/history?{owned}"),
            "/compensation/history?limit=1".to_owned(),
            format!("/compensation/balance?profile_id={CHILD}"),
        ] {
            let body = self.get(&self.family, &path).await;
            // A list's next page, where it has one.
            if let Some(cursor) = body["next_cursor"].as_str() {
                self.get(&self.family, &format!("{path}&cursor={cursor}")).await;
            }
        }
        self.get(&self.family, "/subscriptions").await;
        let newest = self.get(&self.family, "/messages/my?limit=1").await["items"][0]["id"].clone();
        if newest.is_number() {
            let read = json!({ "up_to": newest });
            self.app.put("/api/v1/messages/read", Some(&self.family), read).await.expect(200);
        }
        self.app.get("/metrics", None).await.expect(200);
        self.desk().await;
    }

    /// What staff and owners look for.
    async fn desk(&self) {
        for q in ["小", "3800", "138"] {
            self.get(&self.staff, &format!("/people?q={q}")).await;
        }
        for date in ["2030-03-02", "2030-03-11"] {
            let day = self.get(&self.staff, &format!("/desk/day?date={date}")).await;
            for class in day["items"].as_array().unwrap() {
                let slot = &class["session"]["course_schedule_id"];
                let path = format!("/desk/sessions/{slot}/{date}");
                let class = self.get(&self.staff, &path).await;
                if let Some(row) =
                    class["roster"].get(0).filter(|row| row["booking"]["status"] == "completed")
                {
                    let items =
                        json!({"items": [{"booking_id": row["booking"]["id"], "status": "completed"}]});
                    self.app
                        .put(&format!("/api/v1{path}/attendance"), Some(&self.staff), items)
                        .await
                        .expect(200);
                }
            }
        }
        self.get(&self.staff, &format!("/desk/profiles/{CHILD}")).await;
        for query in ["", "subject=booking/1", "account=3", "profile=11", "account=0&profile=11&subject=x/1"]
        {
            let path = format!("/audit?limit=1&from=2030-03-04&to=2030-12-31&{query}");
            let body = self.get(&self.owner, &path).await;
            if let Some(cursor) = body["next_cursor"].as_str() {
                self.get(&self.owner, &format!("{path}&cursor={cursor}")).await;
            }
        }
    }

    /// A class whose seat goes from hand to hand.
    async fn queue(&self) {
        let (family, other) = (&self.family, &self.other);
        let body = json!({"profile_id": CHILD, "course_schedule_id": FULL, "booking_date": "2030-03-11"});
        let keyed = || {
            let request = self.app.request(reqwest::Method::POST, "/api/v1/waitlist/join", Some(family));
            request.header("idempotency-key", "k1").json(&body)
        };
        let first = id(&self.app.send(keyed()).await.expect(201).body);
        self.app.send(keyed()).await.expect(201);
        let second = self.join(family, SIBLING, FULL, "2030-03-11").await;
        for path in [
            format!("/waitlist/position/{first}"),
            format!("/waitlist/{first}"),
            format!("/waitlist/{first}/notifications"),
            format!("/waitlist/deadline-check?course_schedule_id={FULL}&booking_date=2030-03-11"),
        ] {
            self.get(family, &path).await;
        }
        self.delete(family, &format!("/waitlist/{first}")).await.expect(200);
        let first = self.join(family, CHILD, FULL, "2030-03-11").await;
        self.delete(other, "/bookings/601").await.expect(200);
        let third = self.join(other, OTHER, FULL, "2030-03-11").await;
        self.sweep().await;
        self.respond(family, second, "decline").await.expect(200);
        // The next offer is reminded of, and expires.
        self.advance(26 * 60).await;
        self.sweep().await;
        self.advance(5 * 60).await;
        self.sweep().await;
        self.read_all().await;
        let entries = json!({"waitlist_ids": [first, second, third]});
        self.post(&self.staff, "/waitlist/notify", entries).await.expect(200);
        let class = json!({"course_schedule_id": FULL, "booking_date": "2030-03-11", "max": 1});
        self.post(&self.staff, "/waitlist/notify", class).await.expect(200);
        let _ = self.respond(other, third, "confirm").await;
        let capacity = format!("/api/v1/sessions/{FULL}/2030-03-11/capacity");
        self.app.put(&capacity, Some(&self.staff), json!({"capacity": 2})).await.expect(200);
        self.post(&self.staff, "/waitlist/process-expiry", json!({})).await.expect(200);
    }

    /// A missed class is made up in a shorter one; the minutes left over pay for another.
    async fn makeups(&self) {
        let (family, other) = (&self.family, &self.other);
        let make_up = |original: i64, schedule: i64, date: &str| {
            json!({"profile_id": if original == 502 { SIBLING } else { CHILD }, "original_booking_id": original,
                   "course_schedule_id": schedule, "booking_date": date})
        };
        let makeup =
            |body: Value| async { id(&self.post(family, "/makeup/book", body).await.expect(201).body) };
        let cancelled = makeup(make_up(502, SHORT, "2030-03-13")).await;
        self.delete(family, &format!("/makeup/{cancelled}/cancel")).await.expect(200);
        makeup(make_up(502, SHORT, "2030-03-13")).await;
        makeup(make_up(501, SHORT, "2030-03-13")).await;
        let paid = json!({"profile_id": CHILD, "course_schedule_id": PAID, "booking_date": "2030-03-14",
                          "pay_with_compensation": true});
        let booking = id(&self.post(family, "/bookings", paid.clone()).await.expect(201).body);
        self.delete(family, &format!("/bookings/{booking}")).await.expect(200);
        let booking = id(&self.post(family, "/bookings", paid).await.expect(201).body);
        let preview = json!({"profile_id": CHILD, "required_minutes": 10});
        self.post(family, "/compensation/preview", preview).await;
        let wait = json!({"profile_id": CHILD, "course_schedule_id": WANTED, "booking_date": "2030-03-15",
                          "makeup_for": 503});
        let entry = id(&self.post(family, "/waitlist/join", wait).await.expect(201).body);
        self.delete(other, "/bookings/602").await.expect(200);
        self.read_all().await;
        self.respond(family, entry, "confirm").await.expect(200);
        // Two seats at once, for two who wait.
        self.join(family, SIBLING, WANTED, "2030-03-15").await;
        self.join(other, OTHER, WANTED, "2030-03-15").await;
        let capacity = format!("/api/v1/sessions/{WANTED}/2030-03-15/capacity");
        self.app.put(&capacity, Some(&self.staff), json!({"capacity": 3})).await.expect(200);
        self.post(family, &format!("/bookings/{booking}/leave"), json!({})).await;
        let given = json!({"booking_id": booking, "minutes": 60, "reason": "停电"});
        self.post(&self.staff, "/compensation/grants", given).await.expect(201);
        let paid = json!({"profile_id": CHILD, "course_schedule_id": PAID, "booking_date": "2030-03-28",
                          "pay_with_compensation": true});
        self.post(family, "/bookings", paid).await.expect(201);
        self.post(&self.staff, &format!("/sessions/{PAID}/2030-03-28/cancel"), json!({})).await.expect(200);
        let body = json!({"profile_id": SIBLING, "course_schedule_id": PAID, "booking_date": "2030-03-21"});
        let cancelled = id(&self.post(family, "/bookings", body).await.expect(201).body);
        self.delete(family, &format!("/bookings/{cancelled}")).await.expect(200);
        let right = json!({"until": "2030-04-20T00:00:00Z", "reason": "住院"});
        let path = format!("/api/v1/bookings/{cancelled}/makeup-right");
        self.app.put(&path, Some(&self.staff), right).await.expect(200);
        self.post(&self.staff, &format!("/sessions/{CALLED_OFF}/2030-03-16/cancel"), json!({}))
            .await
            .expect(200);
    }
}

/// Plays the days on a service that sends to WeChat; `recorder` is another one over the same database, with dev logins.
pub(crate) async fn play(app: &TestApp, recorder: &TestApp) {
    app.load(&fixtures()).await.unwrap();
    app.load(&fixtures()).await.unwrap();
    recorder.post("/api/v1/auth/login", None, json!({"code": "dev:family"})).await.expect(200);
    let gym = Gym::of(app);
    gym.post(&gym.family, "/subscriptions", json!({"results": {"T1": "accept", "T2": "accept"}}))
        .await
        .expect(200);
    let written = json!({"name": "谷雨", "phone": "13800001234"});
    let child = id(&gym.post(&gym.staff, "/profiles", written).await.expect(201).body);
    let written = json!({"name": "谷雨", "phone": "+8613800001234", "note": "怕高"});
    app.put(&format!("/api/v1/profiles/{child}"), Some(&gym.staff), written).await.expect(200);
    gym.queue().await;
    gym.makeups().await;
    recorder.get("/api/v1/dev/messages?openid=family&limit=1", None).await.expect(200);
    gym.sweep().await;
}

/// What follows: classes end, credit and rights run out, what was kept long enough goes.
pub(crate) async fn play_on(app: &TestApp) {
    let gym = Gym::of(app);
    for days in [14, 20, 30, 60] {
        gym.advance(days * 24 * 3600).await;
        gym.sweep().await;
        gym.read_all().await;
    }
    app.get("/readyz", None).await.expect(200);
}
