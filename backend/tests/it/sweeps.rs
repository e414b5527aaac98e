//! The sweeps.

use crate::gym::Gym;
use backend::service::queue_sweep;
use backend::service::sweep_runner::Stop;
use backend::sweeps;
use chrono::{DateTime, Utc};
use logic::Instant;
use serde_json::{Value, json};
use sqlx::types::Json;

/// Creates this many classes of one seat with two waiting entries each, and frees the seats: as many offers.
async fn offers(classes: i64) -> Gym {
    let gym = Gym::new(1).await;
    let schedules: Vec<_> = (1..=classes)
        .map(|n| json!({"id": n, "course_id": 1, "weekday": 2, "start_time": "18:00", "capacity": 1}))
        .collect();
    gym.app
        .load(&json!({"courses": [{"id": 1, "name": "体操", "category": "gym", "duration_minutes": 60}],
        "schedules": schedules}))
        .await
        .unwrap();
    let mut db = gym.db().await;
    let start = Instant::parse_rfc3339(crate::gym::CLASS).unwrap();
    let (start, now) = (DateTime::<Utc>::from(start), DateTime::<Utc>::from(gym.now()));
    for statement in [
        "INSERT INTO account (id, openid) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         SELECT 1000000 + i, CONCAT('m', i) FROM n WHERE ? IS NOT NULL AND ? IS NOT NULL",
        "INSERT INTO profile (id, account_id, name) WITH RECURSIVE n AS \
         (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         SELECT 1000000 + i, 1000000 + i, 'x' FROM n WHERE ? IS NOT NULL AND ? IS NOT NULL",
        "INSERT INTO guardian (profile_id, account_id, since) WITH RECURSIVE n AS \
         (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
         SELECT 1000000 + i, 1000000 + i, ? FROM n WHERE ? IS NOT NULL",
    ] {
        sqlx::query(statement).bind(2 * classes).bind(start).bind(now).execute(&mut *db).await.unwrap();
    }
    sqlx::query(
        "INSERT INTO class_session (id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, \
         capacity, booked, waiting, next_ticket, due_at) \
         SELECT 2000000 + id, id, ?, ?, ? + INTERVAL 1 HOUR, 60, 1, 0, 2, 3, ? FROM course_schedule WHERE id > 1",
    )
    .bind(start.date_naive())
    .bind(start)
    .bind(start)
    .bind(now)
    .execute(&mut *db)
    .await
    .unwrap();
    for place in [1, 2] {
        sqlx::query(
            "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, join_time, \
             expires_at) SELECT 1000000 + 2 * course_schedule_id - ?, id, course_schedule_id, booking_date, ?, ?, \
             starts_at - INTERVAL 390 MINUTE FROM class_session WHERE id > 2000000",
        )
        .bind(place - 1)
        .bind(place)
        .bind(now)
        .execute(&mut *db)
        .await
        .unwrap();
    }
    drop(db);
    assert_eq!(gym.sweep().await["promoted"], classes - 1);
    gym
}

/// Asserts that `gym doctor` finds nothing and that no offer is overdue.
async fn consistent(gym: &Gym) {
    assert_eq!(crate::makeup_gym::troubles(&mut *gym.db().await).await, [""; 0]);
}

#[tokio::test]
async fn overdue_offers_expire_and_pass_on() {
    let gym = offers(41).await;
    gym.advance(30 * 60).await;
    assert_eq!(gym.sweep().await["expired"], 0, "the deadline itself still counts");
    gym.advance(1).await;
    let done = gym.sweep().await;
    assert_eq!((&done["expired"], &done["promoted"]), (&40.into(), &40.into()));
    consistent(&gym).await;
    // The service was down past the second deadlines and the closing; one run catches up.
    gym.advance(40 * 3600).await;
    let done = gym.sweep().await;
    assert_eq!((&done["expired"], &done["promoted"], &done["closed"]), (&40.into(), &0.into(), &0.into()));
    consistent(&gym).await;
}

#[tokio::test]
async fn two_sweeps_at_once_settle_each_offer_once() {
    let gym = offers(61).await;
    gym.advance(30 * 60 + 1).await;
    let (app, now, stop) = (&gym.app.app, gym.now(), Stop::never());
    let (one, two) = tokio::join!(
        queue_sweep::process(app, u32::MAX, now, &stop),
        queue_sweep::process(app, u32::MAX, now, &stop)
    );
    let (one, two) = (one.unwrap().0, two.unwrap().0);
    assert_eq!((one.expired + two.expired, one.promoted + two.promoted), (60, 60));
    let offers = "SELECT COUNT(*) FROM waitlist_notification WHERE notification_type = 'spot_available'";
    assert_eq!(gym.count(offers).await, 120);
    consistent(&gym).await;
}

#[tokio::test]
async fn the_limit_bounds_the_offers_of_a_run() {
    let gym = offers(31).await;
    gym.advance(30 * 60 + 1).await;
    let (app, now, stop) = (&gym.app.app, gym.now(), Stop::never());
    assert_eq!(queue_sweep::process(app, 7, now, &stop).await.unwrap().0.expired, 7);
    assert_eq!(queue_sweep::process(app, u32::MAX, now, &stop).await.unwrap().0.expired, 23);
}

#[tokio::test]
async fn a_stop_leaves_the_remaining_work_for_the_next_run() {
    let gym = offers(11).await;
    gym.advance(30 * 60 + 1).await;
    let (tell, told) = tokio::sync::watch::channel(true);
    let stopped = queue_sweep::process(&gym.app.app, u32::MAX, gym.now(), &Stop::new(told)).await.unwrap();
    assert_eq!(stopped.0.expired, 0);
    drop(tell);
    assert_eq!(gym.sweep().await["expired"], 10);
}

#[tokio::test]
async fn a_session_that_fails_is_set_aside_and_retried_later() {
    let gym = offers(11).await;
    let mut db = gym.db().await;
    // An offer without a deadline, which the service never writes.
    sqlx::query(
        "UPDATE waitlist SET response_deadline = NULL WHERE session_id = 2000005 AND status = 'notified'",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    gym.advance(30 * 60 + 1).await;
    let done = gym.sweep().await;
    // Its reminder is also due and cannot be written.
    assert_eq!((&done["expired"], &done["set_aside"]), (&9.into(), &2.into()), "the rest goes on");
    let error: (String, i64, String) =
        sqlx::query_as("SELECT task, subject_id, error FROM sweep_setback WHERE task = 'queues'")
            .fetch_one(&mut *db)
            .await
            .unwrap();
    assert_eq!((error.0.as_str(), error.1), ("queues", 2_000_005));
    assert!(error.2.contains("expected an offer, found no time of the offer, or no deadline"), "{}", error.2);
    gym.advance(9).await;
    assert_eq!(gym.sweep().await["set_aside"], 0, "it waits");
    gym.advance(1).await;
    assert_eq!(gym.sweep().await["set_aside"], 2, "tried again after 10 s");
    gym.advance(19).await;
    assert_eq!(gym.sweep().await["set_aside"], 0, "then after 20 s");
    sqlx::query(
        "UPDATE waitlist SET response_deadline = last_notified_at WHERE response_deadline IS NULL \
                 AND status = 'notified'",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    gym.advance(1).await;
    let done = gym.sweep().await;
    assert_eq!((&done["expired"], &done["set_aside"]), (&1.into(), &0.into()), "mended");
    assert_eq!(gym.count("SELECT COUNT(*) FROM sweep_setback").await, 0, "and forgotten");
    consistent(&gym).await;
}

#[tokio::test]
async fn the_bookings_of_a_class_are_completed_after_it() {
    let gym = Gym::new(1).await;
    gym.app.at("2030-03-05T10:59:59.999Z").await;
    assert_eq!(gym.sweep().await["completed"], 0);
    gym.app.at("2030-03-05T11:00:00.000Z").await;
    assert_eq!(gym.sweep().await["completed"], 1);
    assert_eq!(gym.sweep().await["completed"], 0);
    let list = gym.app.get("/api/v1/bookings/my", Some(&gym.token(1))).await.expect(200).body;
    assert_eq!(list["items"][0]["status"], "completed");
    consistent(&gym).await;
}

#[tokio::test]
async fn rows_are_purged_after_their_retention_time() {
    let gym = Gym::new(2).await;
    gym.join(2).await;
    gym.free_the_seat().await;
    let mut db = gym.db().await;
    let now = DateTime::<Utc>::from(gym.now());
    for n in 0..1500 {
        sqlx::query(
            "INSERT INTO idempotency_key (account_id, `key`, request_hash, created_at) VALUES (1, ?, '', ?)",
        )
        .bind(format!("k{n}"))
        .bind(now)
        .execute(&mut *db)
        .await
        .unwrap();
    }
    sqlx::query("INSERT INTO claim_failure (account_id, network, failed_at) VALUES (1, '192.0.2.1', ?)")
        .bind(now)
        .execute(&mut *db)
        .await
        .unwrap();
    gym.advance(24 * 3600).await;
    assert_eq!(gym.sweep().await["purged_keys"], 0, "24 hours to the second");
    gym.advance(1).await;
    let done = gym.sweep().await;
    assert_eq!((&done["purged_keys"], &done["purged_wrong_codes"]), (&json!(1500), &json!(1)));
    // A row that was never sent is not purged, whatever its age.
    sqlx::query(
        "INSERT INTO outbox (account_id, openid, template, page, data, created_at, not_before, give_up_at) \
         VALUES (2, 'o2', 'class_cancelled', 'p', '{}', ?, ?, ?)",
    )
    .bind(now)
    .bind(now + chrono::TimeDelta::days(90))
    .bind(now + chrono::TimeDelta::days(90))
    .execute(&mut *db)
    .await
    .unwrap();
    let finished = "SELECT COUNT(*) FROM outbox WHERE status <> 'pending'";
    let before = gym.count(finished).await;
    assert!(before > 0);
    gym.advance(30 * 86_400).await;
    let done = gym.sweep().await;
    assert_eq!(done["purged_messages"].as_i64().unwrap(), before);
    assert!(done["purged_runs"].as_i64().unwrap() > 0);
    assert_eq!(gym.count("SELECT COUNT(*) FROM outbox").await, 1);
}

#[tokio::test]
async fn a_sweep_that_did_something_is_recorded() {
    let gym = Gym::new(2).await;
    gym.join(2).await;
    let all = gym.sweep().await;
    let names: Vec<&str> = sweeps::SWEEPS.iter().flat_map(|sweep| sweep.counts).copied().collect();
    for name in &names {
        assert_eq!(all[name], 0, "every count is there: {all}");
    }
    let others: Vec<_> =
        all.as_object().unwrap().keys().filter(|name| !names.contains(&name.as_str())).collect();
    assert_eq!(others, ["set_aside"]);
    assert_eq!(gym.count("SELECT COUNT(*) FROM sweep_run").await, 0, "nothing was done");
    gym.free_the_seat().await;
    gym.advance(31 * 60).await;
    gym.sweep().await;
    let (task, counts, at): (String, Json<Value>, DateTime<Utc>) =
        sqlx::query_as("SELECT task, counts, started_at FROM sweep_run")
            .fetch_one(&mut *gym.db().await)
            .await
            .unwrap();
    assert_eq!((task.as_str(), Instant::from(at)), ("queues", gym.now()));
    assert_eq!(counts["expired"], 1);
    let metrics = gym.app.get("/metrics", None).await.expect(200).text;
    for line in [
        "gym_swept_total{sweep=\"queues\",what=\"expired\"}",
        "gym_sweep_lag_seconds{sweep=\"queues\"}",
        "gym_sweep_seconds_bucket{sweep=\"queues\"",
        "gym_offers_total{outcome=\"made\"}",
        "gym_offers_total{outcome=\"expired\"}",
        "gym_seat_offered_seconds_bucket{le=\"60\"}",
        "gym_queue_entries{status=\"waiting\"}",
        "gym_outbox_depth",
        "gym_outbox_age_seconds",
        "gym_tx_total{tx=\"waitlist_join\",outcome=\"committed\"}",
        "gym_http_seconds_bucket{method=\"POST\",route=\"/api/v1/waitlist/join\",status=\"201\"",
        "gym_database_up 1",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}

#[tokio::test]
async fn the_background_sweeps_run_until_they_are_stopped() {
    let gym = Gym::new(2).await;
    let entry = gym.join(2).await;
    gym.free_the_seat().await;
    gym.advance(31 * 60).await;
    let (tell, told) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(sweeps::run_until(gym.app.app.context.clone(), Stop::new(told)));
    while gym.entry(entry).await.0 != "expired" {
        tokio::task::yield_now().await;
    }
    tell.send(true).unwrap();
    task.await.unwrap().unwrap();
}

/// Returns the gym with ten thousand profiles in the queue of its class, as the rows would stand.
async fn long_queue() -> Gym {
    let gym = Gym::new(1).await;
    let mut db = gym.db().await;
    let start = Instant::parse_rfc3339(crate::gym::CLASS).unwrap();
    let (start, now) = (DateTime::<Utc>::from(start), DateTime::<Utc>::from(gym.now()));
    sqlx::query(
        "UPDATE class_session SET queue_capacity = 10000, waiting = 10000, next_ticket = 10001, \
         due_at = starts_at - INTERVAL 390 MINUTE WHERE course_schedule_id = 1",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    let digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
                  UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let numbers = format!(
        "(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS i FROM {digits} a, {digits} b, {digits} c, {digits} e) n"
    );
    for statement in [
        format!("INSERT INTO account (id, openid) SELECT 2000000 + i, CONCAT('q', i) FROM {numbers}"),
        format!(
            "INSERT INTO profile (id, account_id, name) SELECT 2000000 + i, 2000000 + i, 'x' FROM {numbers}"
        ),
        format!(
            "INSERT INTO guardian (profile_id, account_id, since) \
             SELECT 2000000 + i, 2000000 + i, '2030-01-01' FROM {numbers}"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *db).await.unwrap();
    }
    let entries = format!(
        "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, join_time, \
         expires_at) SELECT 2000000 + i, s.id, 1, ?, i, ?, ? - INTERVAL 390 MINUTE \
         FROM class_session s, {numbers} WHERE s.course_schedule_id = 1"
    );
    let insert = sqlx::query(sqlx::AssertSqlSafe(entries)).bind(start.date_naive()).bind(now).bind(start);
    insert.execute(&mut *db).await.unwrap();
    drop(db);
    gym
}

/// How many entries have a status, and how many messages wait to be sent.
async fn entries_and_messages(gym: &Gym, status: &str) -> (i64, i64) {
    let mut db = gym.db().await;
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM waitlist WHERE status = ?").bind(status);
    let entries = count.fetch_one(&mut *db).await.unwrap();
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM waitlist_notification");
    (entries, count.fetch_one(&mut *db).await.unwrap())
}

/// Covers R2.89.
#[tokio::test]
async fn the_longest_queue_closes_and_everybody_is_told() {
    let gym = long_queue().await;
    let start = Instant::parse_rfc3339(crate::gym::CLASS).unwrap();
    let closing = start.minus(logic::Minutes(390)).millis() - gym.now().millis();
    gym.advance(u32::try_from(closing / 1000).unwrap() + 1).await;
    assert_eq!(gym.sweep().await["closed"], 10_000);
    assert_eq!(entries_and_messages(&gym, "expired").await, (10_000, 10_000));
    consistent(&gym).await;
}

/// Covers R2.69, R2.89.
#[tokio::test]
async fn a_class_with_the_longest_queue_is_called_off() {
    let gym = long_queue().await;
    gym.app.load(&json!({"accounts": [{"id": 900, "openid": "staff", "role": "staff"}]})).await.unwrap();
    let staff = gym.app.token(900, logic::status::Role::Staff);
    let path = format!("/api/v1/sessions/1/{}/cancel", crate::gym::DATE);
    gym.app.post(&path, Some(&staff), json!({})).await.expect(200);
    assert_eq!(entries_and_messages(&gym, "cancelled").await, (10_000, 10_000));
    consistent(&gym).await;
}
