//! The chance of a seat over the database (RULES §6): the rate that the service estimates from its rows, and the
//! calibration of the chance that it shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use logic::ids::ScheduleId;
use logic::position::QueuePosition;
use logic::release_rate::{release_rate, weeks_observed};
use logic::status::EntryStatus;
use logic::{Instant, Minutes, Policy};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::QueryBuilder;
use test_support::{START, TestApp};

const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// A booking that was cancelled or took leave.
struct GivenUp {
    slot: i64,
    /// The week of its class, counted from the first.
    class: u64,
    status: &'static str,
    at: Instant,
}

/// A gym whose slots all take place on Thursdays at 18:00.
struct Gym {
    app: TestApp,
    now: Instant,
    /// The first Thursday with a class.
    first: NaiveDate,
}

impl Gym {
    /// Creates a session of every slot in each of `weeks` weeks, the first of them ten weeks ago.
    async fn open(slots: i64, weeks: u64) -> Self {
        let app = TestApp::start().await;
        let now = Instant::parse_rfc3339(START).unwrap();
        let today = DateTime::<Utc>::from(now).date_naive();
        let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
        let gym = Self { app, now, first: monday + Days::new(3) - Days::new(70) };
        let schedules: Vec<Value> = (1..=slots)
            .map(|id| json!({ "id": id, "course_id": 1, "weekday": 4, "start_time": "18:00", "capacity": 1 }))
            .collect();
        gym.app
            .load(&json!({
                "courses": [{ "id": 1, "name": "体操", "category": "gym", "duration_minutes": 60 }],
                "schedules": schedules,
                "accounts": [
                    { "id": 1, "openid": "ann", "role": "member" }, { "id": 2, "openid": "bob", "role": "member" },
                ],
                "profiles": [
                    { "id": 1, "account_id": 1, "name": "小满" }, { "id": 2, "account_id": 2, "name": "小寒" },
                ],
            }))
            .await
            .unwrap();
        for slot in 1..=slots {
            gym.hold(slot, 0..weeks).await;
        }
        gym
    }

    /// Creates the slot's sessions in these weeks.
    async fn hold(&self, slot: i64, weeks: std::ops::Range<u64>) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO class_session (course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, \
             capacity) ",
        );
        insert.push_values(weeks, |mut row, week| {
            let start = DateTime::<Utc>::from(self.start(week));
            row.push_bind(slot).push_bind(self.date(week)).push_bind(start).push_bind(start);
            row.push_bind(60).push_bind(1);
        });
        insert.build().execute(&self.app.app.pool).await.unwrap();
    }

    fn date(&self, class: u64) -> NaiveDate {
        self.first + Days::new(7 * class)
    }

    fn start(&self, class: u64) -> Instant {
        let local = self.date(class).and_time(NaiveTime::from_hms_opt(18, 0, 0).unwrap());
        let zone = FixedOffset::east_opt(8 * 60 * 60).unwrap();
        DateTime::<Utc>::from(zone.from_local_datetime(&local).unwrap()).into()
    }

    fn last_notification(&self, class: u64) -> Instant {
        self.start(class).minus(Policy::default().last_notification_lead)
    }

    async fn remember(&self, past: &[GivenUp]) {
        for some in past.chunks(1_000) {
            let mut insert = QueryBuilder::new(
                "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date, status, cancelled_at) ",
            );
            insert.push_values(some, |mut row, one| {
                let at = DateTime::<Utc>::from(one.at);
                row.push_bind(1).push("(SELECT id FROM class_session WHERE course_schedule_id = ");
                row.push_bind_unseparated(one.slot).push_unseparated(" AND booking_date = ");
                row.push_bind_unseparated(self.date(one.class)).push_unseparated(")");
                row.push_bind(one.slot).push_bind(self.date(one.class)).push_bind(one.status).push_bind(at);
            });
            insert.build().execute(&self.app.app.pool).await.unwrap();
        }
    }

    async fn rate(&self, slot: i64) -> f64 {
        self.app
            .app
            .waitlist
            .rates
            .current(&self.app.app, self.now)
            .await
            .unwrap()
            .of(ScheduleId(slot))
            .per_hour
    }
}

fn later(at: Instant, ms: i64) -> Instant {
    Instant::clamped(at.millis() + ms)
}

/// Covers R6.2, R6.5, R6.6.
#[tokio::test]
async fn releases_are_counted_in_the_week_before_the_last_notification_time() {
    let gym = Gym::open(3, 14).await;
    // The eleventh of these 14 weeks is the current one.
    let given_up = |class, status, at| GivenUp { slot: 1, class, status, at };
    let last = gym.last_notification(5);
    let counted = [
        given_up(5, "cancelled", last),
        given_up(5, "leave", later(last, -3_600_000)),
        given_up(5, "cancelled", later(last, 1 - WEEK_MS)),
        given_up(10, "cancelled", later(gym.now, -1)),
    ];
    let not_counted = [
        given_up(5, "cancelled", later(last, 1)),
        given_up(5, "cancelled", later(last, -WEEK_MS)),
        given_up(5, "cancelled_by_gym", later(last, -7_200_000)),
        // Too early for its class's window, and too long ago.
        given_up(12, "cancelled", later(gym.now, -1)),
        given_up(1, "cancelled", later(gym.last_notification(1), -3_600_000)),
    ];
    gym.remember(&counted).await;
    gym.remember(&not_counted).await;
    // The fourth slot's first class is in this week; the fifth slot has had no class.
    sqlx::query(
        "INSERT INTO course_schedule (id, course_id, weekday, start_time, capacity) \
         VALUES (4, 1, 4, '18:00', 1), (5, 1, 4, '18:00', 1)",
    )
    .execute(&gym.app.app.pool)
    .await
    .unwrap();
    gym.hold(4, 10..12).await;

    let policy = Policy::default();
    let young = weeks_observed(gym.start(10), gym.now, &policy);
    assert!(young > 0.3 && young < 1.0, "{young}");
    let average = 4.0 / (3.0 * 8.0 + young);
    for (slot, released, weeks) in [(1, 4, 8.0), (2, 0, 8.0), (3, 0, 8.0), (4, 0, young), (5, 0, 0.0)] {
        let (rate, expected) = (gym.rate(slot).await, release_rate(released, weeks, average));
        assert!((rate - expected).abs() < 1e-9, "slot {slot}: {rate}, not {expected}");
    }

    // An entry shows the chance at this rate.
    let class = json!({ "course_schedule_id": 1, "booking_date": gym.date(10) });
    let ask = |profile: i64| {
        let mut ask = class.clone();
        ask["profile_id"] = profile.into();
        ask
    };
    let token = |account| gym.app.token(account, logic::status::Role::Member);
    gym.app.post("/api/v1/bookings", Some(&token(1)), ask(1)).await.expect(201);
    let entry = gym.app.post("/api/v1/waitlist/join", Some(&token(2)), ask(2)).await.expect(201);
    let path = format!("/api/v1/waitlist/position/{}", entry.body["id"]);
    let shown = gym.app.get(&path, Some(&token(2))).await.expect(200);
    let rate = gym.rate(1).await;
    let standing = QueuePosition::of(EntryStatus::Waiting, 0, rate, gym.start(10), gym.now, &policy);
    assert!(standing.chance.unwrap() > 0.1);
    assert_eq!(shown.body["chance"], json!(standing.chance));
    assert_eq!(entry.body["chance"], json!(standing.chance));
}

/// Draws the times of the events of a Poisson process with `per_week` events a week, within `ms` milliseconds.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "spans of some weeks")]
fn times(per_week: f64, ms: i64, rng: &mut StdRng) -> Vec<i64> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        let unit: f64 = rng.random();
        at += (-(1.0 - unit).ln() / per_week * WEEK_MS as f64) as i64;
        if at >= ms {
            return all;
        }
        all.push(at);
    }
}

/// Covers R6.1, R6.4.
#[tokio::test]
async fn the_chance_that_is_shown_agrees_with_what_happens() {
    const SLOTS: i64 = 500;
    const LOOKS: usize = 6;
    let gym = Gym::open(SLOTS, 14).await;
    let mut rng = StdRng::seed_from_u64(6);
    // Three classes of each slot can be booked at the same time, and each loses bookings at the slot's rate until it
    // starts.
    let mut past = Vec::new();
    let mut rates = Vec::new();
    for slot in 1..=SLOTS {
        let sum: f64 = (0..4).map(|_| -(1.0 - rng.random::<f64>()).ln()).sum();
        let per_week = 2.5 * sum / 4.0;
        rates.push(per_week);
        for class in 0..14 {
            let start = gym.start(class);
            let given_up =
                times(per_week, 3 * WEEK_MS, &mut rng).into_iter().map(|at| later(start, at - 3 * WEEK_MS));
            let status = if class % 2 == 0 { "cancelled" } else { "leave" };
            past.extend(given_up.filter(|at| *at < gym.now).map(|at| GivenUp { slot, class, status, at }));
        }
    }
    gym.remember(&past).await;

    let policy = Policy::default();
    let mut deciles = vec![(0.0_f64, 0.0_f64, 0.0_f64); 10];
    for (slot, per_week) in (1..).zip(rates) {
        let told = gym.rate(slot).await;
        for _ in 0..LOOKS {
            let ahead: u32 = rng.random_range(0..4);
            let left = rng.random_range(0..WEEK_MS / 60_000);
            let last = gym.last_notification(11);
            let now = last.minus(Minutes(left));
            let standing = QueuePosition::of(EntryStatus::Waiting, ahead, told, gym.start(11), now, &policy);
            let chance = standing.chance.unwrap();
            let seats = times(per_week, left * 60_000, &mut rng).len();
            let decile = (0..10_u32).rev().find(|decile| chance >= f64::from(*decile) / 10.0).unwrap();
            let (looks, sum, offered) = &mut deciles[decile as usize];
            *looks += 1.0;
            *sum += chance;
            *offered += if seats > ahead as usize { 1.0 } else { 0.0 };
        }
    }
    for (looks, sum, offered) in deciles {
        let (told, share) = (sum / looks, offered / looks);
        // The six samples of a slot share one estimate, so the effective sample is smaller.
        let tolerance = 4.5 * (told * (1.0 - told) / looks).sqrt() + 0.01;
        println!("told {told:.3}, offered {share:.3} ± {tolerance:.3} of {looks}");
        assert!(looks >= 100.0, "too few looks to tell");
        assert!((share - told).abs() <= tolerance, "told {told:.3}, offered {share:.3} of {looks}");
    }
}
