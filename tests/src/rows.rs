//! Rows of the database that no endpoint shows, and the invariants that must hold at any time.

use crate::class::Class;
use backend::store;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::WaitlistId;
use sqlx::mysql::MySqlPool;
use sqlx::{AssertSqlSafe, FromRow, MySqlConnection};
use std::collections::BTreeMap;

/// The counters of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Seats {
    /// Live bookings.
    pub booked: u32,
    /// Live offers.
    pub held: u32,
    /// Waiting entries.
    pub waiting: u32,
}

impl Seats {
    /// Returns the three counters.
    pub const fn of(booked: u32, held: u32, waiting: u32) -> Self {
        Self { booked, held, waiting }
    }
}

/// Reads the stored counters of a session; zeros if it has no row yet.
///
/// # Panics
/// If the database does not answer.
pub async fn seats(sql: &MySqlPool, class: &Class) -> Seats {
    sqlx::query_as(
        "SELECT booked, held, waiting FROM class_session WHERE course_schedule_id = ? AND booking_date = ?",
    )
    .bind(class.schedule.0)
    .bind(class.date)
    .fetch_optional(sql)
    .await
    .unwrap()
    .unwrap_or_default()
}

/// An offer: its notification row and its flow row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// The number of the offer among its entry's offers.
    pub round: i32,
    /// `sent`, `responded`, `expired` or `cancelled`.
    pub status: String,
    /// When it was made.
    pub sent: Instant,
    /// The response deadline.
    pub deadline: Option<Instant>,
    /// When it was answered.
    pub answered: Option<Instant>,
    /// When its flow began.
    pub began: Instant,
    /// When its flow ended.
    pub completed: Option<Instant>,
    /// The reason, if it ended without a booking.
    pub reason: Option<String>,
}

type At = DateTime<Utc>;
type OfferColumns = (i32, String, At, Option<At>, Option<At>, At, Option<At>, Option<String>);

/// Reads the offers of an entry, oldest first.
///
/// # Panics
/// If the database does not answer.
pub async fn offers(sql: &MySqlPool, entry: WaitlistId) -> Vec<OfferRow> {
    let rows: Vec<OfferColumns> = sqlx::query_as(
        "SELECT n.notification_round, n.status, n.sent_time, n.response_deadline, n.response_time, \
         f.flow_start_time, f.flow_completion_time, f.expiration_reason \
         FROM waitlist_notification n JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
         WHERE n.waitlist_id = ? AND n.notification_type = 'spot_available' ORDER BY n.id",
    )
    .bind(entry.0)
    .fetch_all(sql)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(round, status, sent, deadline, answered, began, completed, reason)| OfferRow {
            round,
            status,
            sent: sent.into(),
            deadline: deadline.map(Instant::from),
            answered: answered.map(Instant::from),
            began: began.into(),
            completed: completed.map(Instant::from),
            reason,
        })
        .collect()
}

/// Counts the `queue_update` notifications of an entry.
///
/// # Panics
/// If the database does not answer.
pub async fn updates(sql: &MySqlPool, entry: WaitlistId) -> i64 {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM waitlist_notification WHERE waitlist_id = ? AND notification_type = 'queue_update'",
    )
    .bind(entry.0)
    .fetch_one(sql)
    .await
    .unwrap()
}

/// Marks a class as called off in its row, without the service.
///
/// # Panics
/// If the class has no row yet.
pub async fn call_off(sql: &MySqlPool, class: &Class) {
    let done = sqlx::query(
        "UPDATE class_session SET status = 'cancelled' WHERE course_schedule_id = ? AND booking_date = ?",
    )
    .bind(class.schedule.0)
    .bind(class.date)
    .execute(sql)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 1, "the class has a row to call off");
}

/// Returns the number of rows and a checksum of every table except the clock's. Equal fingerprints mean that nothing
/// changed.
///
/// # Panics
/// If the database does not answer.
pub async fn fingerprint(sql: &MySqlPool) -> BTreeMap<String, (i64, Option<i64>)> {
    // CHECKSUM TABLE would include virtual columns, whose values are not stable.
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND COALESCE(generation_expression, '') = '' \
         AND table_name NOT IN ('dev_clock', '_sqlx_migrations') ORDER BY table_name, ordinal_position",
    )
    .fetch_all(sql)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns {
        tables.entry(table).or_default().push(format!("QUOTE(`{column}`)"));
    }
    assert!(tables.len() > 15, "too few tables: {tables:?}");
    let mut prints = BTreeMap::new();
    for (table, columns) in tables {
        let sum = format!(
            "SELECT COUNT(*), CAST(SUM(CRC32(CONCAT_WS(',', {}))) AS SIGNED) FROM `{table}`",
            columns.join(", ")
        );
        let print = sqlx::query_as(AssertSqlSafe(sum)).fetch_one(sql).await.unwrap();
        prints.insert(table, print);
    }
    prints
}

/// The invariants. Each query finds the rows that break one.
pub const INVARIANTS: &[(&str, &str)] = &[
    (
        "counters are what the rows say, and no seat is given twice",
        "SELECT CONCAT('session ', s.id, ': ', s.booked, '/', s.held, '/', s.waiting, ' of ', s.capacity) \
         FROM class_session s WHERE s.booked + s.held > s.capacity \
         OR s.booked <> (SELECT COUNT(*) FROM booking b WHERE b.session_id = s.id \
                         AND b.status IN ('booked', 'completed', 'absent')) \
         OR s.held <> (SELECT COUNT(*) FROM waitlist w WHERE w.session_id = s.id AND w.status = 'notified') \
         OR s.waiting <> (SELECT COUNT(*) FROM waitlist w WHERE w.session_id = s.id AND w.status = 'waiting')",
    ),
    (
        "a ticket is handed out once",
        "SELECT CONCAT('ticket ', w.`position`, ' of session ', w.session_id) FROM waitlist w \
         GROUP BY w.session_id, w.`position` HAVING COUNT(*) > 1 \
         UNION ALL SELECT CONCAT('entry ', w.id, ' has a ticket to come') FROM waitlist w \
         JOIN class_session s ON s.id = w.session_id WHERE w.`position` >= s.next_ticket",
    ),
    (
        "a notified entry has one open offer with its deadline, and nobody else has one",
        "SELECT CONCAT('entry ', w.id, ' (', w.status, ')') FROM waitlist w \
         LEFT JOIN waitlist_notification n ON n.waitlist_id = w.id AND n.notification_type = 'spot_available' \
         AND n.status = 'sent' \
         LEFT JOIN waitlist_flow f ON f.waitlist_notification_id = n.id AND f.flow_completion_time IS NULL \
         GROUP BY w.id, w.status, w.response_deadline \
         HAVING COUNT(n.id) <> IF(w.status = 'notified', 1, 0) OR COUNT(f.id) <> COUNT(n.id) \
         OR (w.status = 'notified' AND NOT (MAX(n.response_deadline) <=> w.response_deadline))",
    ),
    (
        "an offer that ended has an ended flow",
        "SELECT CONCAT('notification ', n.id) FROM waitlist_notification n \
         LEFT JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
         WHERE n.notification_type = 'spot_available' \
         AND (f.id IS NULL OR (n.status = 'sent') <> (f.flow_completion_time IS NULL))",
    ),
    (
        "offers are numbered from one, and the entry counts them",
        "SELECT CONCAT('entry ', w.id) FROM waitlist w \
         LEFT JOIN waitlist_notification n ON n.waitlist_id = w.id AND n.notification_type = 'spot_available' \
         GROUP BY w.id, w.notification_round \
         HAVING COUNT(n.id) <> w.notification_round OR COUNT(DISTINCT n.notification_round) <> COUNT(n.id)",
    ),
    (
        "no offer outlives the response cutoff, nor goes out late",
        "SELECT CONCAT('notification ', n.id) FROM waitlist_notification n \
         JOIN waitlist w ON w.id = n.waitlist_id JOIN class_session s ON s.id = w.session_id \
         WHERE n.notification_type = 'spot_available' \
         AND (n.response_deadline > s.starts_at - INTERVAL 360 MINUTE \
              OR n.sent_time > s.starts_at - INTERVAL 390 MINUTE)",
    ),
    (
        "offers of one entry are an hour apart",
        "SELECT CONCAT('notification ', b.id) FROM waitlist_notification a \
         JOIN waitlist_notification b ON b.waitlist_id = a.waitlist_id AND b.id > a.id \
         WHERE a.notification_type = 'spot_available' AND b.notification_type = 'spot_available' \
         AND b.sent_time < a.sent_time + INTERVAL 60 MINUTE",
    ),
    (
        "a seat confirmed is a booking, once",
        "SELECT CONCAT('notification ', n.id) FROM waitlist_notification n \
         JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
         WHERE n.notification_type = 'spot_available' AND n.status = 'responded' AND f.expiration_reason IS NULL \
         AND (SELECT COUNT(*) FROM booking b WHERE b.waitlist_id = n.waitlist_id AND b.source IN ('waitlist', 'makeup') \
              AND b.created_at = f.flow_completion_time) <> 1",
    ),
    (
        // Sent messages are deleted after thirty days.
        "every notification left one message to its account",
        "SELECT CONCAT('notification ', n.id) FROM waitlist_notification n JOIN profile p ON p.id = n.profile_id \
         WHERE n.sent_time > (SELECT stood_at - INTERVAL 30 DAY FROM dev_clock) \
         AND (SELECT COUNT(*) FROM outbox o WHERE o.notification_id = n.id AND o.account_id = p.account_id \
              AND o.waitlist_id = n.waitlist_id) <> 1",
    ),
    (
        "the sweep knows every session that it has to look at",
        "SELECT CONCAT('session ', s.id) FROM class_session s WHERE s.status = 'scheduled' AND \
         ((s.held > 0 AND NOT (s.offers_due_at <=> (SELECT MIN(w.response_deadline) FROM waitlist w \
                               WHERE w.session_id = s.id AND w.status = 'notified'))) \
          OR (s.held = 0 AND s.offers_due_at IS NOT NULL) \
          OR (s.held + s.waiting > 0 AND s.due_at IS NULL))",
    ),
    (
        "no seat lies free, with nothing due, while somebody who may be notified waits for it",
        "SELECT CONCAT('session ', s.id, ', entry ', w.id) FROM class_session s \
         JOIN waitlist w ON w.session_id = s.id AND w.status = 'waiting' JOIN dev_clock d \
         WHERE s.status = 'scheduled' AND s.capacity > s.booked + s.held AND s.due_at > d.stood_at \
         AND s.starts_at - INTERVAL 390 MINUTE >= d.stood_at \
         AND (w.last_notified_at IS NULL OR w.last_notified_at <= d.stood_at - INTERVAL 60 MINUTE)",
    ),
];

/// Returns the broken invariants, those that `gym doctor` checks included, with the rows that break them.
///
/// # Panics
/// If the database does not answer.
pub async fn broken_invariants(conn: &mut MySqlConnection) -> BTreeMap<&'static str, Vec<String>> {
    let mut broken = BTreeMap::new();
    for (invariant, query) in INVARIANTS {
        let rows: Vec<String> = sqlx::query_scalar(*query).fetch_all(&mut *conn).await.unwrap();
        if !rows.is_empty() {
            broken.insert(*invariant, rows);
        }
    }
    for check in store::checks() {
        let rows = check.run(&mut *conn).await.unwrap();
        if !rows.is_empty() {
            broken.insert(check.right, rows.iter().map(|row| format!("{}: {}", row.id, row.wrong)).collect());
        }
    }
    broken
}

/// Checks every invariant of the database.
///
/// # Panics
/// If one is broken; the message names it and the rows.
pub async fn check_invariants(sql: &MySqlPool) {
    let broken = broken_invariants(&mut sql.acquire().await.unwrap()).await;
    assert!(broken.is_empty(), "{broken:#?}");
}
