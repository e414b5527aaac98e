//! `gym doctor` finds what was damaged, on every server that is installed.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use backend::db;
use backend::store::{self, SchemaPart};
use serde_json::json;
use sqlx::{Connection, Executor, MySqlConnection};

use crate::makeup_gym::{CHILD, FRIEND, Gym, HALF_HOUR, LEAVE, SHORT, SIBLING, SIBLINGS_LEAVE, SUNDAY};
use crate::serving::gym as program;

const WEDNESDAY: &str = "2030-03-06";

/// A full class with three who wait and a live offer, and a makeup with a grant that is partly spent.
async fn busy_gym(gym: Gym) -> Gym {
    let family = |n: i64| json!({"id": n, "openid": format!("o{n}"), "role": "member"});
    let child = |n: i64| json!({"id": n, "account_id": n, "name": format!("孩子{n}")});
    gym.app
        .load(&json!({"accounts": [family(31), family(32)], "profiles": [child(31), child(32)]}))
        .await
        .unwrap();
    gym.make_up(CHILD, LEAVE, HALF_HOUR, "2030-03-09").await.expect(201);
    gym.book(CHILD, SUNDAY, "2030-03-10", true).await.expect(201);
    let seat = gym.book(FRIEND, SHORT, WEDNESDAY, false).await.expect(201).body["id"].as_i64().unwrap();
    for waiting in [31, 32] {
        let body = json!({"profile_id": waiting, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
        let token = gym.app.token(waiting, logic::status::Role::Member);
        gym.app.post("/api/v1/waitlist/join", Some(&token), body).await.expect(201);
    }
    gym.wait_to_make_up(SIBLING, SIBLINGS_LEAVE, SHORT, WEDNESDAY).await.expect(201);
    gym.cancel(FRIEND, seat).await.expect(200);
    gym.wait(FRIEND).await.expect(201);
    gym
}

impl Gym {
    async fn wait(&self, profile: i64) -> test_support::Answer {
        let body = json!({"profile_id": profile, "course_schedule_id": SHORT, "booking_date": WEDNESDAY});
        self.post(profile, "/waitlist/join", body).await
    }
}

/// What the schema forbids: taken away, so that the rows can be damaged all the same.
const SAFEGUARDS: &[&str] = &[
    "ALTER TABLE class_session DROP CONSTRAINT ck_session_seats",
    "ALTER TABLE makeup_booking DROP KEY uk_makeup_live",
    "ALTER TABLE booking DROP KEY uk_booking_live",
    "ALTER TABLE waitlist DROP KEY uk_session_position, DROP KEY uk_profile_schedule_date",
    "ALTER TABLE waitlist_flow ADD KEY idx_flow (waitlist_notification_id), DROP KEY uk_flow_notification",
];

/// A damage, and the start of the line that has to say so: the table, then some of what would be right.
const DAMAGE: &[(&str, &str, &str)] = &[
    // Counters.
    (
        "UPDATE class_session SET booked = booked + 1, capacity = capacity + 1",
        "class_session",
        "booked is the",
    ),
    ("UPDATE class_session SET held = 0", "class_session", "held is the"),
    ("UPDATE class_session SET waiting = waiting + 1", "class_session", "waiting is the"),
    ("UPDATE class_session SET next_ticket = 1", "class_session", "next_ticket is"),
    ("UPDATE class_session SET policy_id = 7", "class_session", "policy_id is"),
    // Due times.
    ("UPDATE class_session SET due_at = NULL", "class_session", "due_at comes"),
    ("UPDATE class_session SET due_at = '2037-01-01' WHERE held > 0", "class_session", "due_at comes"),
    ("UPDATE class_session SET offers_due_at = NULL", "class_session", "offers_due_at is"),
    (
        "UPDATE class_session SET offers_due_at = '2037-01-01' WHERE held > 0",
        "class_session",
        "offers_due_at is",
    ),
    // Offers.
    ("DELETE FROM waitlist_notification", "waitlist", "a notified entry has one notification"),
    ("DELETE FROM waitlist_flow", "waitlist_notification", "an offer has a flow"),
    (
        "UPDATE waitlist_flow f JOIN waitlist_notification n ON n.id = f.waitlist_notification_id \
         SET n.status = 'responded'",
        "waitlist_notification",
        "an offer has a flow",
    ),
    (
        "UPDATE waitlist SET response_deadline = NULL WHERE status = 'notified'",
        "waitlist",
        "a notified entry has the time of its offer and a deadline",
    ),
    (
        "UPDATE waitlist SET response_deadline = response_deadline + INTERVAL 1 SECOND WHERE status = 'notified'",
        "waitlist",
        "have one deadline",
    ),
    (
        "INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) \
         SELECT waitlist_notification_id, flow_start_time FROM waitlist_flow",
        "waitlist_notification",
        "an offer has one flow",
    ),
    ("UPDATE waitlist SET `position` = 1", "waitlist", "no two entries have one position"),
    // Belonging.
    ("UPDATE waitlist SET course_schedule_id = 12", "waitlist", "of the schedule and date of its class"),
    (
        "UPDATE booking SET booking_date = '2030-03-07' WHERE id = 503",
        "booking",
        "of the schedule and date of its class",
    ),
    (
        "UPDATE class_session SET ends_at = starts_at - INTERVAL 1 MINUTE",
        "class_session",
        "a class lasts duration_minutes",
    ),
    (
        "UPDATE waitlist SET makeup_for = 503 WHERE makeup_for = 502",
        "waitlist",
        "a booking of its own profile",
    ),
    (
        "UPDATE booking SET waitlist_id = (SELECT MIN(id) FROM waitlist) WHERE id = 503",
        "booking",
        "a booking comes from an entry of its own profile",
    ),
    (
        "UPDATE waitlist_notification SET profile_id = profile_id + 1",
        "waitlist_notification",
        "a notification is of",
    ),
    (
        "UPDATE class_credit_compensation SET profile_id = 201",
        "class_credit_compensation",
        "a grant is of the profile",
    ),
    ("UPDATE compensation_event SET profile_id = 201", "compensation_event", "a movement of minutes is of"),
    (
        "UPDATE compensation_usage u JOIN booking b ON b.id = u.booking_id SET b.profile_id = 201",
        "compensation_usage",
        "a booking spends the minutes of its own",
    ),
    ("UPDATE makeup_booking SET profile_id = 201", "makeup_booking", "of the booking that it makes up"),
    (
        "UPDATE makeup_booking SET makeup_date = '2030-03-16'",
        "makeup_booking",
        "schedule and date of its place",
    ),
    // Makeups.
    (
        "UPDATE booking SET status = 'cancelled' WHERE source = 'makeup'",
        "booking",
        "a place that is booked for a makeup",
    ),
    (
        "UPDATE booking SET right_until = NULL WHERE status = 'leave'",
        "booking",
        "a right to a makeup that has an end",
    ),
    ("UPDATE booking SET right_until = '2030-01-01' WHERE id = 503", "booking", "ends after its class"),
    (
        "UPDATE booking SET status = 'cancelled_by_gym', right_until = '2031-01-01' WHERE compensation_minutes_used > 0",
        "booking",
        "none comes beside credit",
    ),
    (
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date) \
         SELECT profile_id, session_id, course_schedule_id, booking_date FROM booking WHERE status = 'leave'",
        "booking",
        "booked again gives no right",
    ),
    (
        "UPDATE class_credit_compensation SET source = 'goodwill'",
        "class_credit_compensation",
        "goodwill belongs to no makeup",
    ),
    ("UPDATE makeup_booking SET booking_id = NULL", "makeup_booking", "has a place"),
    ("UPDATE makeup_booking SET duration_difference = 20", "makeup_booking", "duration_difference is"),
    (
        "UPDATE class_credit_compensation SET compensation_minutes = 61",
        "makeup_booking",
        "came with a grant of the difference",
    ),
    (
        "INSERT INTO makeup_booking (original_booking_id, profile_id, makeup_class_id, makeup_schedule_id, makeup_date, \
         status, original_duration, makeup_duration, duration_difference) \
         SELECT original_booking_id, profile_id, makeup_class_id, makeup_schedule_id, '2030-03-16', 'completed', 90, 90, 0 \
         FROM makeup_booking",
        "makeup_booking",
        "one live makeup",
    ),
    (
        "UPDATE makeup_booking SET status = 'cancelled'",
        "class_credit_compensation",
        "a cancelled makeup leaves no minutes",
    ),
    (
        "UPDATE booking SET status = 'cancelled_by_gym' WHERE compensation_minutes_used > 0",
        "booking",
        "that the gym cancelled was given back its credit",
    ),
    // The ledger.
    (
        "UPDATE class_credit_compensation SET remaining_minutes = remaining_minutes - 1",
        "class_credit_compensation",
        "what its ledger took off",
    ),
    (
        "UPDATE class_credit_compensation g JOIN compensation_event e ON e.compensation_id = g.id AND e.kind = 'used' \
         SET g.remaining_minutes = g.remaining_minutes + 5, e.minutes = e.minutes - 5, \
             e.remaining_minutes = e.remaining_minutes + 5",
        "class_credit_compensation",
        "the uses of a grant",
    ),
    ("DELETE FROM compensation_usage", "class_credit_compensation", "the uses of a grant"),
    (
        "UPDATE compensation_usage SET used_minutes = used_minutes - 1",
        "booking",
        "compensation_minutes_used is what",
    ),
    (
        "UPDATE booking SET compensation_minutes_used = 1 WHERE compensation_minutes_used > 0",
        "booking",
        "compensation_minutes_used is what",
    ),
    (
        "UPDATE class_credit_compensation SET remaining_minutes = 0",
        "class_credit_compensation",
        "a grant is available as long as",
    ),
    (
        "UPDATE class_credit_compensation SET status = 'used'",
        "class_credit_compensation",
        "a grant is available as long as",
    ),
    (
        "INSERT INTO compensation_event (compensation_id, profile_id, kind, minutes, remaining_minutes) \
         SELECT id, profile_id, 'granted', compensation_minutes, compensation_minutes FROM class_credit_compensation",
        "class_credit_compensation",
        "begins with one movement",
    ),
    (
        "UPDATE compensation_event SET remaining_minutes = remaining_minutes + 1 WHERE kind = 'granted'",
        "compensation_event",
        "a movement says",
    ),
    (
        "UPDATE compensation_event SET remaining_minutes = remaining_minutes + 1 WHERE kind = 'used'",
        "class_credit_compensation",
        "remaining_minutes is what the last movement left",
    ),
    // Seats.
    ("UPDATE class_session SET capacity = 0 WHERE booked > 0", "class_session", "no more than capacity"),
    ("UPDATE class_session SET capacity = 0 WHERE held > 0", "class_session", "no more than capacity"),
    (
        "UPDATE class_session SET status = 'cancelled'",
        "waitlist",
        "nobody waits for a class that is called off",
    ),
    (
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date) \
         SELECT profile_id, session_id, course_schedule_id, booking_date FROM waitlist",
        "waitlist",
        "who has a place in a class does not wait",
    ),
    (
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date) \
         SELECT profile_id, session_id, course_schedule_id, booking_date FROM booking WHERE status = 'booked'",
        "booking",
        "one live place in a class",
    ),
    ("UPDATE class_session SET finished_at = ends_at", "booking", "no place in a class that was finished"),
    // People.
    ("UPDATE profile SET name = ' ' WHERE id = 101", "profile", "a child has a name"),
    ("UPDATE course SET category = ''", "course", "a course has a name"),
    ("UPDATE account SET openid = '' WHERE id = 1", "account", "an account has an openid"),
    ("UPDATE profile SET account_id = 31 WHERE id = 32", "profile", "one of the child's guardians"),
    // Work.
    (
        "UPDATE outbox SET status = 'pending', claim_token = UUID(), claimed_until = '2037-01-01'",
        "outbox",
        "a lease of a message",
    ),
    (
        "UPDATE outbox SET status = 'pending', not_before = '2037-01-01'",
        "outbox",
        "tried before it is given up",
    ),
    (
        "INSERT INTO idempotency_key (account_id, `key`, request_hash, locked_until) \
         VALUES (1, 'k', REPEAT('x', 32), '2037-01-01')",
        "idempotency_key",
        "blocks its key for a minute",
    ),
    (
        "INSERT INTO sweep_setback (task, subject_id, error) VALUES ('queues', 7, 'no such class')",
        "sweep_setback",
        "no row is set aside",
    ),
];

#[tokio::test]
async fn the_doctor_finds_each_damage_to_a_row() {
    for kind in test_support::kinds().await {
        let gym = busy_gym(Gym::on(kind).await).await;
        assert_eq!(gym.troubles().await, [""; 0], "{kind}");
        let mut conn = MySqlConnection::connect(&gym.app.database_url).await.unwrap();
        for statement in SAFEGUARDS {
            conn.execute(*statement).await.unwrap();
        }
        conn.execute("SET SESSION foreign_key_checks = 0").await.unwrap();
        let mut unseen: Vec<_> = store::checks().map(|check| (check.table, check.right)).collect();
        for (damage, table, right) in DAMAGE {
            let mut tx = conn.begin().await.unwrap();
            let done = tx.execute(*damage).await.unwrap();
            assert_ne!(done.rows_affected(), 0, "{kind}: {damage}");
            let mut found = Vec::new();
            for check in store::checks() {
                for row in check.run(&mut *tx).await.unwrap() {
                    assert!(!row.id.is_empty() && !row.wrong.is_empty(), "{kind}: {row:?}");
                    found.push((check.table, check.right));
                }
            }
            let hit = found.iter().find(|(of, what)| of == table && what.contains(right));
            assert!(hit.is_some(), "{kind}: {damage}: not `{table}: {right}` but {found:?}");
            unseen.retain(|check| Some(check) != hit);
            tx.rollback().await.unwrap();
        }
        assert_eq!(unseen, [("", ""); 0], "{kind}: no damage here shows that these can fail");
        gym.close().await;
    }
}

/// A damage that is done for good, and the line of the doctor that says so.
const LASTING: &[(&str, &str)] = &[
    (
        "UPDATE class_session SET starts_at = starts_at + INTERVAL 30 MINUTE, ends_at = ends_at + INTERVAL 30 MINUTE \
         WHERE course_schedule_id = 17",
        "it starts at 2030-03-10T02:30:00.000Z; right: at 2030-03-10T02:00:00.000Z",
    ),
    (
        "DELETE FROM profile WHERE id = 32",
        "profile_id is 32, there is no such profile; right: profile_id is an id",
    ),
    ("DELETE FROM account WHERE id = 31", "TROUBLE  profile 31: account_id is 31, there is no such account"),
    (
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9000, 'another column', TRUE, 'x', 1)",
        "TROUBLE  migrations: 9000 (another column) is of a newer release",
    ),
    (
        "ALTER TABLE makeup_booking DROP KEY uk_makeup_live",
        "TROUBLE  makeup_booking: UNIQUE uk_makeup_live is not there; right: as migration 4 made it",
    ),
    (
        "ALTER TABLE class_session DROP CONSTRAINT ck_session_seats",
        "TROUBLE  class_session: CHECK ck_session_seats is not there; right: as migration 2 made it",
    ),
    (
        "ALTER TABLE booking DROP FOREIGN KEY fk_booking_waitlist",
        "TROUBLE  booking: FOREIGN KEY fk_booking_waitlist is not there",
    ),
    ("ALTER TABLE outbox DROP KEY idx_outbox_due", "TROUBLE  outbox: KEY idx_outbox_due is not there"),
    (
        "UPDATE class_session SET held = 0 WHERE course_schedule_id = 11",
        "held is 0, live offers are 1; right: held is the number of live offers",
    ),
];

#[tokio::test]
async fn the_doctor_names_table_id_what_is_wrong_and_what_would_be_right() {
    for kind in test_support::kinds().await {
        let gym = busy_gym(Gym::on(kind).await).await;
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("jwt.key");
        let doctor = |flags: &[&str]| -> Output {
            let mut doctor = program(dir.path());
            doctor.env("DATABASE_URL", &gym.app.database_url).env("GYM_JWT_KEY", &key);
            doctor.arg("doctor").args(flags).output().unwrap()
        };
        let said = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
        std::fs::copy(gym.app.key_file(), &key).unwrap();
        let well = doctor(&["--dev-clock"]);
        assert!(well.status.success() && !said(&well).contains("TROUBLE"), "{kind}: {}", said(&well));
        assert!(said(&well).contains("counters: agree with the rows"), "{kind}: {}", said(&well));

        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut conn = MySqlConnection::connect(&gym.app.database_url).await.unwrap();
        conn.execute("SET SESSION foreign_key_checks = 0").await.unwrap();
        for (damage, _) in LASTING {
            conn.execute(*damage).await.unwrap();
        }
        let damaged = doctor(&[]);
        let lines = said(&damaged);
        assert!(!damaged.status.success(), "{kind}: {lines}");
        for line in LASTING.iter().map(|(_, line)| *line).chain([
            "TROUBLE  clock: the dev clock stands at 2030-03-04T00:00:00.000Z; right: real time",
            "can be read or written by others (mode 640); right: only its owner can (mode 600)",
        ]) {
            assert!(lines.contains(line), "{kind}: no `{line}` in:\n{lines}");
        }
        assert!(!lines.contains("agree with the rows"), "{kind}: {lines}");
    }
}

#[tokio::test]
async fn the_doctor_reads_the_migrations_as_the_server_does() {
    for kind in test_support::kinds().await {
        let url = test_support::new_database_on(kind).await;
        let mut conn = MySqlConnection::connect(&url).await.unwrap();
        assert_eq!(db::missing_parts(&mut conn).await.unwrap(), [], "{kind}");
        let there = store::schema_list(&mut conn).await.unwrap();
        let made = db::parts_of_migrations();
        // MariaDB holds JSON columns by checks that are named after them; a foreign key without a key makes one.
        let own = |part: &&SchemaPart| match part.kind.as_str() {
            "CHECK" => part.name.starts_with("ck_"),
            "KEY" => !part.name.starts_with("fk_"),
            _ => true,
        };
        let unknown: Vec<_> = there.iter().filter(own).filter(|part| !made.contains_key(part)).collect();
        assert!(unknown.is_empty(), "{kind}: {unknown:?}");
    }
}
