//! Whatever versions of the policy come, and whatever is done under them: the deadline of an offer that was made, the end of a
//! grant and the end of a right to a makeup stay as they were, and programs that were started at different times answer alike
//! (R1.22, R3.6, R3.34).

use std::collections::BTreeMap;

use logic::ids::PolicyId;
use logic::status::{BookingStatus, Role};
use logic::{Instant, Minutes};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::makeup_gym::*;

const STEPS: usize = 150;
const CHILDREN: [i64; 3] = [CHILD, SIBLING, FRIEND];
/// Classes of two weeks. The first slot has one seat.
const CLASSES: [(i64, &str); 8] = [
    (SHORT, "2030-03-06"),
    (SHORT, "2030-03-13"),
    (SAME, "2030-03-07"),
    (SAME, "2030-03-14"),
    (LONG, "2030-03-08"),
    (HALF_HOUR, "2030-03-09"),
    (SUNDAY, "2030-03-10"),
    (OVERLAPPING, "2030-03-13"),
];

/// What was promised: by offer and grant, when it ends; by booking, its status and the end of its right; by class, its version.
#[derive(Debug, Default)]
struct Promises {
    offers: BTreeMap<i64, Instant>,
    grants: BTreeMap<i64, Instant>,
    rights: BTreeMap<i64, (BookingStatus, Option<Instant>)>,
    versions: BTreeMap<i64, PolicyId>,
}

impl Promises {
    async fn read(gym: &Gym) -> Self {
        let pool = &gym.app.app.pool;
        let offers = "SELECT id, response_deadline FROM waitlist_notification \
                      WHERE notification_type = 'spot_available'";
        let grants = "SELECT id, expiry_time FROM class_credit_compensation";
        let rights: Vec<(i64, BookingStatus, Option<Instant>)> =
            sqlx::query_as("SELECT id, status, makeup_until FROM booking").fetch_all(pool).await.unwrap();
        let versions = "SELECT id, policy_id FROM class_session WHERE policy_id IS NOT NULL";
        let versions: Vec<(i64, PolicyId)> = sqlx::query_as(versions).fetch_all(pool).await.unwrap();
        let ends = async |select: &'static str| -> BTreeMap<i64, Instant> {
            let rows: Vec<(i64, Instant)> = sqlx::query_as(select).fetch_all(pool).await.unwrap();
            rows.into_iter().collect()
        };
        Self {
            offers: ends(offers).await,
            grants: ends(grants).await,
            rights: rights.into_iter().map(|(id, status, until)| (id, (status, until))).collect(),
            versions: versions.into_iter().collect(),
        }
    }

    /// Those that are kept are as they were; a right is given up only with what gave it.
    fn assert_kept(&self, later: &Self, step: &str) {
        for (what, before, after) in
            [("offer", &self.offers, &later.offers), ("grant", &self.grants, &later.grants)]
        {
            for (id, end) in before {
                assert_eq!(after.get(id), Some(end), "{what} {id} after {step}");
            }
        }
        for (id, (status, until)) in &self.rights {
            let (now, end) = later.rights[id];
            assert!(
                now != *status || end == *until,
                "booking {id}, {now}: {until:?}, then {end:?} after {step}"
            );
        }
        for (class, version) in &self.versions {
            assert_eq!(later.versions.get(class), Some(version), "class {class} after {step}");
        }
    }
}

fn any_policy(rng: &mut StdRng) -> Value {
    let mut policy = json!({
        "decision_window": rng.random_range(5..=30),
        "makeup_validity_days": rng.random_range(1..=30),
        "compensation_validity_days": rng.random_range(1..=30),
        "makeup_for_absence": rng.random_bool(0.5),
    });
    // Sometimes a version names a few fields alone, and takes the others from the one before it.
    policy.as_object_mut().unwrap().retain(|_, _| rng.random_bool(0.8));
    policy
}

impl Gym {
    async fn set_version(&self, rng: &mut StdRng) -> String {
        let mut body = json!({ "policy": any_policy(rng) });
        if rng.random_bool(0.7) {
            body["effective_from"] = json!(format!("2030-03-{:02}T00:00:00.000Z", rng.random_range(4..=14)));
        }
        let owner = self.app.token(9, Role::Owner);
        let answer = self.app.post("/api/v1/policies", Some(&owner), body.clone()).await;
        assert!([201, 422].contains(&answer.status), "{}", answer.text);
        format!("the version {body}: {}", answer.status)
    }

    /// The ids in a list of a child.
    async fn ids(&self, child: i64, path: &str) -> Vec<i64> {
        let page = self.get(child, &format!("{path}?profile_id={child}&limit=100")).await;
        page["items"].as_array().unwrap().iter().map(id).collect()
    }

    /// Does one thing, which may be refused, and says which.
    async fn act(&self, rng: &mut StdRng) -> String {
        let child = *CHILDREN.choose(rng).unwrap();
        // Half of the time a class of one seat, so that there are offers.
        let classes = if rng.random_bool(0.5) { &CLASSES[..2] } else { &CLASSES[..] };
        let (schedule, date) = *classes.choose(rng).unwrap();
        let staff = self.app.token(9, Role::Staff);
        let bookings = self.ids(child, "/bookings/my").await;
        let entries = self.ids(child, "/waitlist/my").await;
        let booking = bookings.choose(rng).copied().unwrap_or(1);
        let entry = entries.choose(rng).copied().unwrap_or(1);
        let body = json!({"profile_id": child, "course_schedule_id": schedule, "booking_date": date});
        let (what, answer) = match rng.random_range(0..20) {
            0..4 => ("book", self.book(child, schedule, date, rng.random_bool(0.3)).await),
            4..8 => ("join", self.post(child, "/waitlist/join", body).await),
            8..10 => ("confirm", self.confirm(child, entry).await),
            10 => {
                let decline = json!({"action": "decline"});
                ("decline", self.put(child, &format!("/waitlist/{entry}/respond"), decline).await)
            }
            11..13 => ("leave", self.post(child, &format!("/bookings/{booking}/leave"), json!({})).await),
            13 => ("cancel", self.cancel(child, booking).await),
            14..17 => {
                let owed = self.owed(child).await;
                let missed = owed.choose(rng).copied().unwrap_or(booking);
                ("make up", self.make_up(child, missed, schedule, date).await)
            }
            17..19 => {
                let status = *["absent", "completed"].choose(rng).unwrap();
                let path = format!("/api/v1/bookings/{booking}/attendance");
                ("attend", self.app.post(&path, Some(&staff), json!({ "status": status })).await)
            }
            _ => {
                let path = format!("/api/v1/sessions/{schedule}/{date}/cancel");
                ("call off", self.app.post(&path, Some(&staff), json!({})).await)
            }
        };
        assert!(answer.status < 500, "{what}: {}", answer.text);
        format!("{what} by {child} of {schedule} on {date}, booking {booking}: {}", answer.status)
    }

    /// What the program says of the classes, the policy, and what is owed.
    async fn says(&self) -> Vec<Value> {
        let mut said = vec![self.get(CHILD, "/policy").await];
        said.push(self.get(CHILD, "/sessions?from=2030-03-04&to=2030-03-24&limit=100").await);
        for child in CHILDREN {
            said.push(self.get(child, &format!("/bookings/my?profile_id={child}&limit=100")).await);
            said.push(self.get(child, &format!("/makeup/owed?profile_id={child}&limit=100")).await);
            said.push(self.balance(child).await);
        }
        said
    }
}

#[tokio::test]
async fn no_version_and_no_command_moves_what_was_promised() {
    let mut counts = [0; 4];
    for seed in 0..3 {
        let rng = &mut StdRng::seed_from_u64(seed);
        let first = Gym::new().await;
        let owner = json!({"accounts": [{"id": 9, "openid": "staff", "role": "owner"}]});
        first.app.load(&owner).await.unwrap();
        // The first program knows version 1 from its start; the other one is started again and again.
        let mut programs = [Gym::over(first.app.beside().await), first];
        let mut now = programs[1].app.app.clock.now();
        let mut before = Promises::read(&programs[0]).await;
        for _ in 0..STEPS {
            let program = rng.random_range(0..2);
            let step = match rng.random_range(0..20) {
                0..3 => programs[program].set_version(rng).await,
                3..5 => {
                    now = now.plus(Minutes(rng.random_range(1..=900)));
                    for gym in &programs {
                        gym.app.at(&now.to_rfc3339()).await;
                    }
                    "some time".to_owned()
                }
                5 => {
                    programs[0] = Gym::over(programs[1].app.beside().await);
                    "a restart".to_owned()
                }
                _ => programs[program].act(rng).await,
            };
            for step in [step.as_str(), "a sweep"] {
                let after = Promises::read(&programs[0]).await;
                before.assert_kept(&after, &format!("{step}, seed {seed}"));
                before = after;
                programs[1 - program].app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200);
            }
            let said = [programs[0].says().await, programs[1].says().await];
            assert_eq!(said[0], said[1], "after {step}, seed {seed}");
        }
        let rights = before.rights.values().filter(|(_, until)| until.is_some()).count();
        let versions: std::collections::BTreeSet<_> = before.versions.values().collect();
        for (count, seen) in
            counts.iter_mut().zip([before.offers.len(), before.grants.len(), rights, versions.len()])
        {
            *count += seen;
        }
        assert_eq!(programs[1].troubles().await, [""; 0]);
    }
    let [offers, grants, rights, versions] = counts;
    assert!(offers > 5 && grants > 3 && rights > 10 && versions > 9, "little was promised: {counts:?}");
}
