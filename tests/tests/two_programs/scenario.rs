//! The scenario of a world: a small gym with few seats and many children, drawn from the seed.

use crate::actions::Families;
use crate::model::{Booking, Child, Class, Gym, MINUTE, Ms, Version};
use crate::snapshot::Place;
use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use logic::ids::ScheduleId;
use logic::policy::QuietHours;
use logic::status::{BookingSource, BookingStatus};
use logic::{Minutes, Policy};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Weeks of classes. The first week is over when a world begins.
const WEEKS: u64 = 4;
/// Weekday (1 is Monday), local time, minutes and category of each slot: three pairs overlap, and one pair touches.
const TIMETABLE: [(u32, &str, i64, &str); 8] = [
    (2, "18:00", 60, "gym"),
    (2, "18:30", 60, "gym"),
    (3, "17:00", 30, "gym"),
    (4, "07:00", 60, "swim"),
    (4, "17:00", 45, "gym"),
    (4, "17:45", 60, "gym"),
    (6, "10:00", 120, "gym"),
    (6, "11:00", 60, "gym"),
];
/// The number of children of each family.
const FAMILIES: [usize; 7] = [1, 1, 1, 2, 2, 3, 4];

/// The fixtures of a gym, and the model's state of it.
pub(crate) struct Scenario {
    pub(crate) policy: Policy,
    pub(crate) fixtures: Value,
    pub(crate) places: Vec<Place>,
    pub(crate) profiles: Vec<i64>,
    pub(crate) openids: Vec<String>,
    pub(crate) staff: String,
    pub(crate) families: Families,
    pub(crate) gym: Gym,
    /// The first instant: Monday, 08:00 in Shanghai.
    pub(crate) monday: Ms,
}

/// Numbers the rows, as the fixtures expect them.
struct Row {
    schedule: i64,
    seats: usize,
    queue: Option<usize>,
}

impl Scenario {
    /// Draws a scenario.
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        let monday = NaiveDate::from_ymd_opt(2030, 3, 4).unwrap();
        let policy = Policy {
            active_waitlists_per_profile: rng.random_range(2..=5),
            queue_capacity: rng.random_range(2..=8),
            makeup_validity: Minutes::days(rng.random_range(4..=14)),
            makeup_for_absence: rng.random_bool(0.5),
            // Sometimes equal to the lead of the waitlist's closing, so that rights end while an entry waits.
            makeup_booking_lead: Minutes([60, 600][rng.random_range(0..2)]),
            compensation_validity: Minutes::days(rng.random_range(2..=14)),
            quiet_hours: rng.random_bool(0.4).then_some(QuietHours { from: 22 * 60, to: 8 * 60 }),
            ..Policy::default()
        };
        let rows: Vec<Row> = (1..)
            .zip(TIMETABLE)
            .map(|(schedule, _)| Row {
                schedule,
                seats: rng.random_range(1..=3),
                queue: rng.random_bool(0.3).then(|| rng.random_range(1..=4)),
            })
            .collect();
        let mut classes = Vec::new();
        let mut places = Vec::new();
        let mut categories = Vec::new();
        let last_week = monday - Days::new(7);
        for date in (0..WEEKS * 7).map(|day| last_week + Days::new(day)) {
            for (row, (weekday, time, minutes, category)) in rows.iter().zip(TIMETABLE) {
                if date.weekday().number_from_monday() != weekday {
                    continue;
                }
                let start = instant(date, time);
                categories.push(category);
                places.push(Place { schedule: ScheduleId(row.schedule), date });
                classes.push(Rc::new(Class {
                    start,
                    end: start + minutes * 60_000,
                    minutes,
                    capacity: row.seats,
                    queue_limit: row.queue,
                    off: false,
                    version: None,
                    next_ticket: 1,
                    entries: BTreeMap::new(),
                    bookings: BTreeMap::new(),
                }));
            }
        }
        let of: Vec<usize> = (0..).zip(FAMILIES).flat_map(|(family, n)| vec![family; n]).collect();
        let profiles: Vec<i64> = (100..).take(of.len()).collect();
        let leaves = leaves(&mut classes, of.len(), policy.makeup_validity, rng);
        let mut fixtures = fixtures(&rows, &of, &profiles);
        fixtures["bookings"] = (1..)
            .zip(&leaves)
            .map(|(id, (class, child))| {
                let Place { schedule, date } = places[*class];
                json!({ "id": id, "profile_id": profiles[*child], "course_schedule_id": schedule,
                        "booking_date": date, "status": "leave" })
            })
            .collect();
        Self {
            fixtures,
            places,
            openids: (0..FAMILIES.len()).map(openid).collect(),
            staff: "staff".to_owned(),
            families: Families { of },
            gym: Gym {
                versions: Rc::new(vec![Rc::new(Version::new(0, policy.clone()))]),
                classes,
                categories: categories.into(),
                credit: Rc::default(),
                leaps: [0.0, 0.05, 0.08][rng.random_range(0..3)],
            },
            monday: instant(monday, "08:00"),
            profiles,
            policy,
        }
    }
}

/// Draws who took leave last week and from which class, so that there are classes to make up from the start.
fn leaves(
    classes: &mut [Rc<Class>],
    children: usize,
    validity: Minutes,
    rng: &mut StdRng,
) -> Vec<(usize, Child)> {
    let mut leaves = Vec::new();
    for child in 0..children {
        let class = rng.random_range(0..TIMETABLE.len());
        if rng.random_bool(0.8) {
            let leave = Booking {
                status: BookingStatus::Leave,
                source: BookingSource::Direct,
                spent: 0,
                late: false,
                until: Some(classes[class].start + validity.0 * MINUTE),
                kept: true,
                recorded: false,
            };
            Rc::make_mut(&mut classes[class]).bookings.insert(child, vec![leave]);
            leaves.push((class, child));
        }
    }
    leaves
}

fn openid(family: usize) -> String {
    format!("family-{family}")
}

/// Converts a local time in Shanghai, which has no daylight saving time.
fn instant(date: NaiveDate, time: &str) -> Ms {
    let local = date.and_time(NaiveTime::parse_from_str(time, "%H:%M").unwrap());
    let at = FixedOffset::east_opt(8 * 60 * 60).unwrap().from_local_datetime(&local).unwrap();
    DateTime::<Utc>::from(at).timestamp_millis()
}

fn fixtures(rows: &[Row], of: &[usize], profiles: &[i64]) -> Value {
    let account = |family: usize| i64::try_from(family).unwrap() + 1;
    let mut accounts: Vec<Value> = (0..FAMILIES.len())
        .map(|family| json!({ "id": account(family), "openid": openid(family), "role": "member" }))
        .collect();
    // An owner, who may do what staff may, and set versions of the policy.
    accounts.push(json!({ "id": 99, "openid": "staff", "role": "owner" }));
    let courses = rows.iter().zip(TIMETABLE).map(|(row, (_, _, minutes, category))| {
        let mut course = json!({
            "id": row.schedule, "name": "体操", "category": category, "duration_minutes": minutes,
        });
        if let Some(limit) = row.queue {
            course["queue_capacity"] = limit.into();
        }
        course
    });
    let schedules = rows.iter().zip(TIMETABLE).map(|(row, (weekday, time, _, _))| {
        json!({
            "id": row.schedule, "course_id": row.schedule, "weekday": weekday, "start_time": time,
            "capacity": row.seats,
        })
    });
    let children = profiles.iter().zip(of).map(
        |(id, family)| json!({ "id": id, "account_id": account(*family), "name": format!("小朋友{id}") }),
    );
    json!({
        "courses": courses.collect::<Vec<_>>(), "schedules": schedules.collect::<Vec<_>>(),
        "accounts": accounts, "profiles": children.collect::<Vec<_>>(),
    })
}
