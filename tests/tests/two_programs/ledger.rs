//! Reads the rows of makeups and credit in the form of the model.

use crate::credit::{Credit, Grant, Makeup, Move, Purse, Use};
use crate::model::Key;
use crate::snapshot::{At, Names, ms};
use chrono::NaiveDate;
use logic::compensation::UsageType;
use logic::status::{GrantStatus, MakeupStatus, Movement};
use sqlx::mysql::MySqlPool;
use sqlx::{FromRow, MySqlConnection};
use std::collections::BTreeMap;

/// The stored makeups and credit, with the ids of their rows.
pub(crate) struct Wealth {
    pub(crate) credit: Credit,
    pub(crate) makeup_ids: BTreeMap<(Key, usize), i64>,
    /// The index of each grant among its child's grants.
    pub(crate) grant_ids: BTreeMap<i64, usize>,
}

#[derive(FromRow)]
struct GrantRow {
    id: i64,
    profile_id: i64,
    original_booking_id: i64,
    compensation_minutes: i32,
    remaining_minutes: i32,
    status: String,
    created_time: At,
    expiry_time: At,
    used_time: Option<At>,
}

#[derive(FromRow)]
struct EventRow {
    compensation_id: i64,
    profile_id: i64,
    booking_id: Option<i64>,
    kind: String,
    minutes: i32,
    remaining_minutes: i32,
    usage_type: Option<String>,
    at: At,
}

#[derive(FromRow)]
struct UseRow {
    compensation_id: i64,
    booking_id: i64,
    used_minutes: i32,
    restored_minutes: i32,
    remaining_minutes: i32,
    usage_type: String,
}

#[derive(FromRow)]
struct MakeupRow {
    id: i64,
    original_booking_id: i64,
    makeup_schedule_id: i64,
    makeup_date: NaiveDate,
    booking_id: Option<i64>,
    compensation_id: Option<i64>,
    status: String,
    original_duration: i32,
    makeup_duration: i32,
    duration_difference: i32,
}

async fn all<T: Send + Unpin + for<'r> FromRow<'r, sqlx::mysql::MySqlRow>>(
    conn: &mut MySqlConnection,
    query: &'static str,
) -> Vec<T> {
    sqlx::query_as(query).fetch_all(conn).await.unwrap()
}

/// Reads all of it in one snapshot.
pub(crate) async fn take(sql: &MySqlPool, names: &Names) -> Wealth {
    let mut tx = sql.begin().await.unwrap();
    let grants: Vec<GrantRow> = all(
        &mut tx,
        "SELECT id, profile_id, original_booking_id, compensation_minutes, remaining_minutes, status, created_time, \
         expiry_time, used_time FROM class_credit_compensation ORDER BY id",
    )
    .await;
    let events: Vec<EventRow> = all(
        &mut tx,
        "SELECT compensation_id, profile_id, booking_id, kind, minutes, remaining_minutes, usage_type, `at` \
         FROM compensation_event ORDER BY id",
    )
    .await;
    let uses: Vec<UseRow> = all(
        &mut tx,
        "SELECT compensation_id, booking_id, used_minutes, restored_minutes, remaining_minutes, usage_type \
         FROM compensation_usage ORDER BY id",
    )
    .await;
    let makeups: Vec<MakeupRow> = all(
        &mut tx,
        "SELECT id, original_booking_id, makeup_schedule_id, makeup_date, booking_id, compensation_id, status, \
         original_duration, makeup_duration, duration_difference FROM makeup_booking ORDER BY id",
    )
    .await;
    tx.rollback().await.unwrap();

    let mut purses = BTreeMap::<usize, Purse>::new();
    let mut grant_ids = BTreeMap::new();
    for row in grants {
        let purse = purses.entry(names.child(row.profile_id)).or_default();
        grant_ids.insert(row.id, purse.grants.len());
        purse.grants.push(Grant {
            original: names.bookings[&row.original_booking_id],
            minutes: row.compensation_minutes.into(),
            remaining: row.remaining_minutes.into(),
            status: GrantStatus::parse(&row.status).unwrap(),
            created: ms(row.created_time),
            expiry: ms(row.expiry_time),
            used_at: row.used_time.map(ms),
        });
    }
    for row in events {
        purses.get_mut(&names.child(row.profile_id)).unwrap().ledger.push(Move {
            grant: grant_ids[&row.compensation_id],
            kind: Movement::parse(&row.kind).unwrap(),
            minutes: row.minutes.into(),
            remaining: row.remaining_minutes.into(),
            at: ms(row.at),
            booking: row.booking_id.map(|id| names.bookings[&id]),
            usage: row.usage_type.map(|word| UsageType::parse(&word).unwrap()),
        });
    }
    for row in uses {
        let booking = names.bookings[&row.booking_id];
        purses.get_mut(&booking.child).unwrap().uses.push(Use {
            grant: grant_ids[&row.compensation_id],
            booking,
            used: row.used_minutes.into(),
            restored: row.restored_minutes.into(),
            remaining: row.remaining_minutes.into(),
            kind: UsageType::parse(&row.usage_type).unwrap(),
        });
    }
    let (mut rows, mut makeup_ids) = (BTreeMap::new(), BTreeMap::new());
    for row in makeups {
        let is = |place: &crate::snapshot::Place| {
            place.schedule.0 == row.makeup_schedule_id && place.date == row.makeup_date
        };
        let class = names.places.iter().position(is).unwrap();
        let original = names.bookings[&row.original_booking_id];
        let (missed, made_up) = (row.original_duration.into(), row.makeup_duration.into());
        assert_eq!(i64::from(row.duration_difference), missed - made_up, "makeup {}", row.id);
        let makeup = Makeup {
            booking: names.bookings[&row.booking_id.expect("its place in the class")],
            grant: row.compensation_id.map(|id| grant_ids[&id]),
            status: MakeupStatus::parse(&row.status).unwrap(),
            missed,
            made_up,
        };
        makeup_ids.insert((original, class), row.id);
        rows.insert((original, class), makeup);
    }
    Wealth { credit: Credit { purses, makeups: rows }, makeup_ids, grant_ids }
}
