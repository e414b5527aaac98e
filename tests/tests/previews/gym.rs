//! A random gym, and the changes that happen between previews.

use crate::seen::{list, verdict};
use backend::wechat::Login;
use chrono::{Days, NaiveDate};
use logic::policy::FieldCase;
use logic::{Instant, Minutes, Policy, calls};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use test_support::TestApp;
use tests::Client;

/// The account whose previews are tested, and its profile.
const FAMILY: i64 = 1;
pub(super) const CHILD: i64 = 100;
/// Other accounts, which book and cancel seats.
const OTHERS: [i64; 3] = [201, 202, 203];

/// A random gym, and how often each answer was predicted.
pub(super) struct Gym {
    pub(super) app: TestApp,
    pub(super) policy: Value,
    pub(super) family: Client,
    pub(super) others: Client,
    pub(super) staff: Client,
    pub(super) rng: StdRng,
    pub(super) schedules: Vec<(i64, u32)>,
    pub(super) foreseen: BTreeMap<String, usize>,
}

impl Gym {
    pub(super) async fn draw(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let policy = Policy {
            makeup_for_absence: rng.random_bool(0.5),
            makeup_validity: Minutes::days(rng.random_range(5..=14)),
            makeup_booking_lead: Minutes(rng.random_range(30..=600)),
            compensation_validity: Minutes::days(rng.random_range(4..=14)),
            queue_capacity: rng.random_range(1..=4),
            active_waitlists_per_profile: rng.random_range(1..=3),
            ..Policy::default()
        };
        let lengths = [15, 30, 45, 60, 75, 90, 120];
        let courses: Vec<Value> = (1..=8)
            .map(|id| {
                let minutes = lengths[rng.random_range(0..lengths.len())];
                let category = ["gym", "gym", "swim"][rng.random_range(0..3)];
                json!({ "id": id, "name": "课", "category": category, "duration_minutes": minutes })
            })
            .collect();
        let schedules: Vec<(i64, u32)> = (1..=14).map(|id| (id, rng.random_range(1..=7))).collect();
        let rows = schedules.iter().map(|(id, weekday)| {
            let time = format!("{:02}:{:02}", rng.random_range(8..20), rng.random_range(0..4) * 15);
            json!({ "id": id, "course_id": rng.random_range(1..=8), "weekday": weekday, "start_time": time,
                    "capacity": rng.random_range(1..=2) })
        });
        let rows: Vec<Value> = rows.collect();
        let profile = |id: i64, account: i64| json!({ "id": id, "account_id": account, "name": "小满" });
        let mut profiles = vec![profile(CHILD, FAMILY)];
        profiles.extend(OTHERS.map(|id| profile(id, 2)));
        let app = TestApp::with(policy.clone(), Login::Dev).await;
        app.load(&json!({
            "courses": courses, "schedules": rows, "profiles": profiles,
            "accounts": [
                { "id": FAMILY, "openid": "family", "role": "member" },
                { "id": 2, "openid": "others", "role": "member" },
                { "id": 9, "openid": "staff", "role": "staff" },
            ],
        }))
        .await
        .unwrap();
        let anyone = Client::new(&app.base);
        let mut callers = Vec::new();
        for openid in ["family", "others", "staff"] {
            let token = anyone.login(&format!("dev:{openid}")).await.unwrap().token;
            callers.push(anyone.with_token(&token));
        }
        let [family, others, staff] = callers.try_into().unwrap();
        let policy = serde_json::Value::from(policy.view(FieldCase::Camel));
        Self { app, policy, family, others, staff, rng, schedules, foreseen: BTreeMap::new() }
    }

    pub(super) fn now(&self) -> Instant {
        self.app.app.clock.now()
    }

    /// Calls a rule function as the mini-program does.
    pub(super) fn on_the_phone(&self, function: &str, facts: Value, more: &[Value]) -> Value {
        let args: Vec<Value> = [facts].into_iter().chain(more.iter().cloned()).collect();
        calls::call(function, &args).unwrap_or_else(|e| panic!("{function} {args:?}: {e:?}"))
    }

    pub(super) fn note(&mut self, what: &str, verdict: &str) {
        *self.foreseen.entry(format!("{what}: {verdict}")).or_default() += 1;
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.rng.random_range(0..from.len())].clone()) }
    }

    /// Returns a class of the next two weeks, sometimes of the last two.
    pub(super) fn class(&mut self) -> (i64, NaiveDate) {
        let today = self.app.app.local(self.now()).date_naive();
        let (id, weekday) = self.schedules[self.rng.random_range(0..self.schedules.len())];
        let first = today + Days::new(self.rng.random_range(0..14)) - Days::new(3);
        let mut date = (0..7).map(|day| first + Days::new(day));
        let meets = |date: &NaiveDate| chrono::Datelike::weekday(date).number_from_monday() == weekday;
        (id, date.find(meets).unwrap())
    }
}

impl Gym {
    /// Lets something else happen in the gym.
    pub(super) async fn live(&mut self) {
        let mine = list(&self.family, &format!("/bookings/my?profile_id={CHILD}")).await;
        let live: Vec<Value> = mine.into_iter().filter(|booking| booking["status"] == "booked").collect();
        let (id, date) = self.class();
        let delete = |path: String| async move { (Method::DELETE, path, Value::Null) };
        let (caller, (method, path, ask)) = match self.rng.random_range(0..100) {
            0..25 => {
                let profile = OTHERS[self.rng.random_range(0..OTHERS.len())];
                let ask = json!({ "profile_id": profile, "course_schedule_id": id, "booking_date": date });
                (&self.others, (Method::POST, "/bookings".to_owned(), ask))
            }
            25..55 => {
                let ask = json!({ "profile_id": CHILD, "course_schedule_id": id, "booking_date": date });
                (&self.family, (Method::POST, "/bookings".to_owned(), ask))
            }
            55..80 => {
                let Some(booking) = self.pick(&live) else { return };
                (&self.family, (Method::POST, format!("/bookings/{}/leave", booking["id"]), Value::Null))
            }
            80..88 => {
                let Some(booking) = self.pick(&live) else { return };
                (&self.family, delete(format!("/bookings/{}", booking["id"])).await)
            }
            88..93 => {
                let others = list(&self.others, "/bookings/my?").await;
                let Some(booking) = self.pick(&others) else { return };
                (&self.others, delete(format!("/bookings/{}", booking["id"])).await)
            }
            93..95 => (&self.staff, (Method::POST, format!("/sessions/{id}/{date}/cancel"), Value::Null)),
            _ => {
                let all = list(&self.family, &format!("/bookings/my?profile_id={CHILD}")).await;
                let Some(booking) = self.pick(&all) else { return };
                let came = self.rng.random_bool(0.5);
                let ask = json!({ "status": if came { "completed" } else { "absent" } });
                (&self.staff, (Method::POST, format!("/bookings/{}/attendance", booking["id"]), ask))
            }
        };
        let answer = if ask.is_null() {
            caller.send(method, &path, None, Vec::new()).await
        } else {
            caller.json(method, &path, &ask).await
        };
        // A refusal has a code; anything else is a fault.
        verdict(&answer);
    }
}
