//! The end of a right to a makeup is fixed when it arises: a policy that changes between two starts of the program does not
//! move it (RULES §3).

use crate::makeup_gym::*;
use crate::serving::{Serving, gym as program, stdout};
use logic::status::Role;
use logic::{Minutes, Policy};
use serde_json::{Value, json};
use sqlx::{Connection, MySqlConnection};
use test_support::{Answer, kinds, new_database};

const WEDNESDAY: &str = "2030-03-06";
const THURSDAY: &str = "2030-03-07";
const FRIDAY: &str = "2030-03-08";

/// A policy that lets absences be made up, for so many days.
fn policy(days: i64) -> Policy {
    Policy { makeup_validity: Minutes::days(days), makeup_for_absence: true, ..Policy::default() }
}

impl Gym {
    async fn attend(&self, booking: i64, status: &str) -> Answer {
        let path = format!("/api/v1/bookings/{booking}/attendance");
        let staff = self.app.token(9, Role::Staff);
        self.app.post(&path, Some(&staff), json!({ "status": status })).await.expect(200)
    }

    async fn leave(&self, profile: i64, booking: i64) -> Value {
        self.post(profile, &format!("/bookings/{booking}/leave"), json!({})).await.expect(200).body
    }

    async fn sweep(&self) -> Value {
        self.app.post("/api/v1/dev/sweep", None, json!({})).await.expect(200).body
    }

    /// The bookings of a child that messages of a kind are about, the newest message first.
    async fn told_of(&self, profile: i64, kind: &str) -> Vec<i64> {
        let list = self.get(profile, &format!("/messages/my?limit=100&profile_id={profile}")).await;
        let items = list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind);
        items.map(|item| item["subject"]["booking_id"].as_i64().unwrap()).collect()
    }

    /// The last class that can make a booking up, as schedule and date.
    async fn last_option(&self, profile: i64, missed: i64) -> Value {
        let path = format!("/makeup/available?profile_id={profile}&original_booking_id={missed}&limit=100");
        let class =
            self.get(profile, &path).await["items"].as_array().unwrap().last().unwrap()["session"].clone();
        json!([class["course_schedule_id"], class["booking_date"]])
    }

    /// What the database keeps of a right.
    async fn stored(&self, booking: i64) -> Option<logic::Instant> {
        let select = sqlx::query_scalar("SELECT makeup_until FROM booking WHERE id = ?").bind(booking);
        select.fetch_one(&self.app.app.pool).await.unwrap()
    }
}

/// Covers R3.34, R3.35.
#[tokio::test]
async fn a_policy_that_changes_moves_no_right_that_arose() {
    for kind in kinds().await {
        for days in [5, 30] {
            let gym = Gym::on(kind).await.under(policy(14)).await;
            let leave = id(&gym.book(CHILD, SAME, THURSDAY, false).await.expect(201).body);
            let called_off = id(&gym.book(FRIEND, LONG, FRIDAY, false).await.expect(201).body);
            let absent = id(&gym.book(CHILD, SHORT, WEDNESDAY, false).await.expect(201).body);
            gym.leave(CHILD, leave).await;
            gym.call_off(LONG, FRIDAY).await;
            gym.book(FRIEND, SHORT, "2030-03-13", false).await.expect(201);
            let entry =
                gym.wait_to_make_up(SIBLING, SIBLINGS_LEAVE, SHORT, "2030-03-13").await.expect(201).body;
            gym.app.at("2030-03-06T12:00:00.000Z").await;
            gym.attend(absent, "absent").await;

            let later = Policy { makeup_for_absence: false, ..policy(days) };
            let gym = gym.under(later).await;
            let now = gym.app.get("/api/v1/policy", None).await.expect(200).body;
            assert_eq!(
                (&now["makeup_validity_days"], &now["makeup_for_absence"]),
                (&json!(days), &json!(false))
            );
            for (child, missed, until) in [
                (CHILD, LEAVE, "2030-03-18T10:00:00.000Z"),
                (CHILD, leave, "2030-03-21T10:00:00.000Z"),
                (FRIEND, called_off, "2030-03-22T10:00:00.000Z"),
                (CHILD, absent, "2030-03-20T10:00:00.000Z"),
            ] {
                assert_eq!(gym.booking(child, missed).await["makeup_until"], until, "{kind}, {days} days");
            }
            assert_eq!(gym.owed(CHILD).await, [OLD_LEAVE, LEAVE, absent, leave], "{kind}, {days} days");
            assert_eq!(gym.owed(FRIEND).await, [called_off]);

            // The last instant of the right belongs to it.
            assert_eq!(
                gym.last_option(CHILD, absent).await,
                json!([SHORT, "2030-03-20"]),
                "{kind}, {days} days"
            );
            let behind = gym.make_up(CHILD, absent, OVERLAPPING, "2030-03-20").await;
            assert_eq!((behind.status, behind.code()), (409, "makeup_expired"), "{kind}, {days} days");
            let made = gym.make_up(CHILD, absent, SHORT, "2030-03-20").await.expect(201).body;
            gym.cancel_makeup(CHILD, id(&made)).await.expect(200);

            // Nor does an entry lapse that waits to make one up.
            assert_eq!(gym.sweep().await["makeups_lapsed"], 0, "{kind}, {days} days");
            assert_eq!(gym.get(SIBLING, &format!("/waitlist/{}", id(&entry))).await["status"], "waiting");

            for (at, told) in [("2030-03-17T09:59:59.999Z", false), ("2030-03-17T10:00:00.000Z", true)] {
                gym.app.at(at).await;
                gym.sweep().await;
                let reminded = gym.told_of(CHILD, "makeup_expiring").await.contains(&absent);
                assert_eq!(reminded, told, "{kind}, {days} days, {at}");
            }
            for (at, told) in [("2030-03-20T10:00:00.000Z", false), ("2030-03-20T10:00:00.001Z", true)] {
                gym.app.at(at).await;
                gym.sweep().await;
                let ended = gym.told_of(CHILD, "makeup_expired").await.contains(&absent);
                assert_eq!(
                    (ended, gym.owed(CHILD).await.contains(&absent)),
                    (told, !told),
                    "{kind}, {days} days, {at}"
                );
            }
            assert_eq!(
                gym.told_of(CHILD, "makeup_expiring").await.len(),
                3,
                "{kind}, {days} days: each is told once"
            );
            gym.close().await;
        }
    }
}

/// Covers R3.34.
#[tokio::test]
async fn a_right_goes_with_what_gave_it_and_arises_anew_by_the_version_of_its_class() {
    for kind in kinds().await {
        let gym = Gym::on(kind).await.under(policy(14)).await;
        let leave = id(&gym.book(CHILD, SAME, THURSDAY, false).await.expect(201).body);
        assert_eq!(gym.leave(CHILD, leave).await["makeup_until"], "2030-03-21T10:00:00.000Z");
        let absent = id(&gym.book(CHILD, SHORT, WEDNESDAY, false).await.expect(201).body);

        let gym = gym.under(policy(30)).await;
        let again = id(&gym.book(CHILD, SAME, THURSDAY, false).await.expect(201).body);
        assert_eq!(gym.booking(CHILD, leave).await["makeup_until"], json!(null), "{kind}");
        assert_eq!(gym.stored(leave).await, None, "{kind}");
        assert_eq!(gym.leave(CHILD, again).await["makeup_until"], "2030-03-21T10:00:00.000Z", "{kind}");
        let elsewhere = id(&gym.book(CHILD, SAME, "2030-03-14", false).await.expect(201).body);
        assert_eq!(gym.leave(CHILD, elsewhere).await["makeup_until"], "2030-04-13T10:00:00.000Z", "{kind}");

        gym.app.at("2030-03-06T12:00:00.000Z").await;
        assert_eq!(
            gym.attend(absent, "absent").await.body["makeup_until"],
            "2030-03-20T10:00:00.000Z",
            "{kind}"
        );
        let gym = gym.under(policy(5)).await;
        let repeated = gym.attend(absent, "absent").await.body;
        assert_eq!(repeated["makeup_until"], "2030-03-20T10:00:00.000Z", "{kind}: a repeat changes nothing");
        assert_eq!(gym.attend(absent, "completed").await.body["makeup_until"], json!(null), "{kind}");
        assert_eq!(
            (gym.stored(absent).await, gym.owed(CHILD).await.contains(&absent)),
            (None, false),
            "{kind}"
        );
        assert_eq!(
            gym.attend(absent, "absent").await.body["makeup_until"],
            "2030-03-20T10:00:00.000Z",
            "{kind}"
        );
        gym.close().await;
    }
}

/// An earlier program leaves the end open, before the column came and beside this program.
#[tokio::test]
async fn what_an_earlier_program_left_open_is_fixed_once() {
    for kind in kinds().await {
        let gym = Gym::on(kind).await.under(policy(14)).await;
        let makeup = gym.make_up(CHILD, LEAVE, HALF_HOUR, "2030-03-09").await.expect(201).body;
        let made = gym.place(id(&makeup)).await;
        let paid = id(&gym.book(CHILD, SUNDAY, "2030-03-10", true).await.expect(201).body);
        gym.call_off(SUNDAY, "2030-03-10").await;
        gym.app.at("2030-03-09T12:00:00.000Z").await;
        gym.attend(made, "absent").await;
        let read = async |gym: &Gym, tag: &str| {
            let request = gym.app.request(
                reqwest::Method::GET,
                "/api/v1/bookings/my",
                Some(&gym.app.token(FAMILY, Role::Member)),
            );
            gym.app.send(request.header("if-none-match", tag)).await
        };
        gym.sweep().await;
        let before = read(&gym, "").await.expect(200);
        let forget = "UPDATE booking SET right_until = NULL";
        sqlx::query(forget).execute(&gym.app.app.pool).await.unwrap();

        assert_eq!(
            gym.sweep().await["rights_fixed"],
            3,
            "{kind}: not the makeup, nor what was paid with credit"
        );
        let after = read(&gym, before.header("etag")).await.expect(200);
        assert_eq!(after.body, before.body, "{kind}");
        for none in [made, paid] {
            assert_eq!(gym.stored(none).await, None, "{kind}");
        }
        let epoch = async |gym: &Gym| -> String {
            let pool = &gym.app.app.pool;
            sqlx::query_scalar("SELECT epoch FROM read_epoch").fetch_one(pool).await.unwrap()
        };
        let renewed = epoch(&gym).await;
        // A later policy finds nothing to do; it may come to judge a class that is not fixed.
        let gym = gym.under(policy(5)).await;
        assert_eq!(gym.sweep().await["rights_fixed"], 0, "{kind}");
        let ends = |body: &Value| -> Vec<Value> {
            body["items"].as_array().unwrap().iter().map(|item| item["makeup_until"].clone()).collect()
        };
        assert_eq!(ends(&read(&gym, "").await.expect(200).body), ends(&before.body), "{kind}");
        assert_eq!(epoch(&gym).await, renewed, "{kind}: lists that were read since are good");

        // An earlier program that undoes an absence does not write the column.
        let gym = gym.under(policy(14)).await;
        let absent = id(&gym.book(FRIEND, SUNDAY, "2030-03-17", false).await.expect(201).body);
        gym.app.at("2030-03-17T03:00:00.000Z").await;
        gym.attend(absent, "absent").await;
        let undo = sqlx::query("UPDATE booking SET status = 'completed' WHERE id = ?").bind(absent);
        undo.execute(&gym.app.app.pool).await.unwrap();
        assert_eq!(gym.booking(FRIEND, absent).await["makeup_until"], json!(null), "{kind}");
        assert_eq!(gym.owed(FRIEND).await, [0; 0], "{kind}");
        gym.close().await;
    }
}

/// The program's own start fixes what is open, by the version in force; a version that comes later moves nothing.
#[tokio::test]
async fn a_start_fixes_open_rights_by_the_version_in_force_and_a_later_version_moves_none() {
    let url = new_database().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gym.json");
    let fixtures = json!({
        "courses": [{"id": 1, "name": "课", "category": "gym", "duration_minutes": 60}],
        "schedules": [{"id": 1, "course_id": 1, "weekday": 1, "start_time": "18:00", "capacity": 3}],
        "accounts": [{"id": 1, "openid": "family", "role": "member"}],
        "profiles": [{"id": 1, "account_id": 1, "name": "小满"}],
        "bookings": [{"id": 1, "profile_id": 1, "course_schedule_id": 1, "booking_date": "2030-03-04",
                      "status": "leave"}],
    });
    std::fs::write(&file, fixtures.to_string()).unwrap();
    let gym = || {
        let mut gym = program(dir.path());
        gym.env("DATABASE_URL", &url);
        gym
    };
    let load = |policy: &Value| {
        let path = dir.path().join("policy.json");
        std::fs::write(&path, policy.to_string()).unwrap();
        stdout(&gym().env("GYM_POLICY", path).args(["fixtures", "load"]).arg(&file).output().unwrap())
    };
    let mut conn = MySqlConnection::connect(&url).await.unwrap();
    let run = async |conn: &mut MySqlConnection, statement: &'static str| {
        sqlx::query(statement).execute(conn).await.unwrap();
    };
    let until = async |conn: &mut MySqlConnection| -> Option<logic::Instant> {
        sqlx::query_scalar("SELECT makeup_until FROM booking").fetch_one(conn).await.unwrap()
    };
    let end = logic::Instant::parse_rfc3339("2030-03-24T10:00:00.000Z").ok();
    load(&json!({"makeup_validity_days": 20}));
    assert_eq!(until(&mut conn).await, end);

    run(&mut conn, "UPDATE booking SET right_until = NULL").await;
    let serving = Serving::spawn(gym().args(["serve", "--dev-clock"]));
    assert_eq!(until(&mut conn).await, end, "fixed before the first request");
    drop(serving);

    run(
        &mut conn,
        "INSERT INTO policy_version (id, effective_from, policy, created_by) \
         SELECT 2, '1999-01-01', JSON_SET(policy, '$.makeup_validity_days', 3), 0 FROM policy_version",
    )
    .await;
    for command in [["sweep", "--once"].as_slice(), &["fixtures", "load", file.to_str().unwrap()]] {
        stdout(&gym().args(command).output().unwrap());
        assert_eq!(until(&mut conn).await, end, "{command:?}");
    }
}
