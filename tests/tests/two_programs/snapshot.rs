//! Reads the rows of the database in the form of the model.

use crate::model::{Booking, Class, Entry, Key, Ms, Offer};
use chrono::{DateTime, NaiveDate, Utc};
use logic::ids::ScheduleId;
use logic::status::{BookingSource, BookingStatus, EntryStatus, NotificationStatus, Reason, SessionStatus};
use sqlx::mysql::MySqlPool;
use sqlx::{FromRow, MySqlConnection};
use std::collections::BTreeMap;

pub(crate) type At = DateTime<Utc>;

/// The slot and the date of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) schedule: ScheduleId,
    pub(crate) date: NaiveDate,
}

/// The model's indices for the ids of rows, as far as they are known.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) places: Vec<Place>,
    pub(crate) profiles: Vec<i64>,
    pub(crate) bookings: BTreeMap<i64, Key>,
}

impl Names {
    /// Returns the child of a profile.
    pub(crate) fn child(&self, profile: i64) -> usize {
        self.profiles.iter().position(|id| *id == profile).expect("a child of the gym")
    }
}

/// A stored class, with the ids of its rows.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) class: Class,
    /// The counters `booked`, `held` and `waiting` of the class's row.
    pub(crate) counters: (usize, usize, usize),
    /// Entry ids by profile.
    pub(crate) entry_ids: BTreeMap<i64, i64>,
    /// Booking ids by profile, oldest first.
    pub(crate) booking_ids: BTreeMap<i64, Vec<i64>>,
}

#[derive(FromRow)]
struct ClassRow {
    id: i64,
    starts_at: At,
    ends_at: At,
    duration_minutes: i32,
    capacity: u32,
    queue_capacity: Option<u32>,
    booked: u32,
    held: u32,
    waiting: u32,
    next_ticket: i64,
    status: String,
    policy_id: Option<i64>,
}

#[derive(FromRow)]
struct EntryRow {
    id: i64,
    profile_id: i64,
    status: String,
    position: i64,
    join_time: At,
    last_notified_at: Option<At>,
    notification_round: i32,
    response_deadline: Option<At>,
    makeup_for: Option<i64>,
}

#[derive(FromRow)]
struct OfferRow {
    waitlist_id: i64,
    sent_time: At,
    response_deadline: Option<At>,
    status: String,
    expiration_reason: Option<String>,
    flow_completion_time: Option<At>,
}

#[derive(FromRow)]
struct BookingRow {
    id: i64,
    profile_id: i64,
    status: String,
    source: String,
    compensation_minutes_used: i32,
    is_late: bool,
    makeup_until: Option<At>,
    had_right: bool,
    is_recorded: bool,
}

pub(crate) fn ms(at: At) -> Ms {
    at.timestamp_millis()
}

/// Reads the rows of a class; `None` if the class has no row yet. Waits for a transaction that is still writing them,
/// for example one whose program was killed during its commit.
pub(crate) async fn take(sql: &MySqlPool, names: &Names, number: usize) -> Option<Snapshot> {
    let place = names.places[number];
    let mut tx = sql.begin().await.unwrap();
    let row: ClassRow = sqlx::query_as(
        "SELECT id, starts_at, ends_at, duration_minutes, capacity, queue_capacity, booked, held, waiting, \
         next_ticket, status, policy_id FROM class_session WHERE course_schedule_id = ? AND booking_date = ? FOR UPDATE",
    )
    .bind(place.schedule.0)
    .bind(place.date)
    .fetch_optional(&mut *tx)
    .await
    .unwrap()?;
    let (bookings, booking_ids) = bookings(&mut tx, row.id, names).await;
    let (entries, entry_ids) = entries(&mut tx, row.id, names).await;
    tx.rollback().await.unwrap();
    let class = Class {
        start: ms(row.starts_at),
        end: ms(row.ends_at),
        minutes: row.duration_minutes.into(),
        capacity: row.capacity as usize,
        queue_limit: row.queue_capacity.map(|limit| limit as usize),
        off: SessionStatus::parse(&row.status).unwrap() == SessionStatus::Cancelled,
        version: row.policy_id.map(|id| usize::try_from(id).unwrap() - 1),
        next_ticket: row.next_ticket,
        entries,
        bookings,
    };
    let counters = (row.booked as usize, row.held as usize, row.waiting as usize);
    Some(Snapshot { class, counters, entry_ids, booking_ids })
}

async fn entries(
    conn: &mut MySqlConnection,
    session: i64,
    names: &Names,
) -> (BTreeMap<usize, Entry>, BTreeMap<i64, i64>) {
    let offers: Vec<OfferRow> = sqlx::query_as(
        "SELECT n.waitlist_id, n.sent_time, n.response_deadline, n.status, f.expiration_reason, \
         f.flow_completion_time FROM waitlist w JOIN waitlist_notification n ON n.waitlist_id = w.id \
         JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
         WHERE w.session_id = ? AND n.notification_type = 'spot_available' ORDER BY n.id",
    )
    .bind(session)
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let rows: Vec<EntryRow> = sqlx::query_as(
        "SELECT id, profile_id, status, `position`, join_time, last_notified_at, notification_round, \
         response_deadline, makeup_for FROM waitlist WHERE session_id = ?",
    )
    .bind(session)
    .fetch_all(conn)
    .await
    .unwrap();
    let (mut entries, mut ids) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let offers: Vec<Offer> =
            offers.iter().filter(|offer| offer.waitlist_id == row.id).map(offer).collect();
        assert_eq!(usize::try_from(row.notification_round), Ok(offers.len()), "rounds of entry {}", row.id);
        let entry = Entry {
            status: EntryStatus::parse(&row.status).unwrap(),
            ticket: row.position,
            joined: ms(row.join_time),
            last_notified: row.last_notified_at.map(ms),
            deadline: row.response_deadline.map(ms),
            makeup_for: row.makeup_for.map(|id| names.bookings[&id]),
            offers,
        };
        ids.insert(row.profile_id, row.id);
        entries.insert(names.child(row.profile_id), entry);
    }
    (entries, ids)
}

fn offer(row: &OfferRow) -> Offer {
    Offer {
        sent: ms(row.sent_time),
        deadline: ms(row.response_deadline.expect("an offer has a deadline")),
        status: NotificationStatus::parse(&row.status).unwrap(),
        reason: row.expiration_reason.as_deref().map(|word| Reason::parse(word).unwrap()),
        ended: row.flow_completion_time.map(ms),
    }
}

async fn bookings(
    conn: &mut MySqlConnection,
    session: i64,
    names: &Names,
) -> (BTreeMap<usize, Vec<Booking>>, BTreeMap<i64, Vec<i64>>) {
    let rows: Vec<BookingRow> = sqlx::query_as(
        "SELECT b.id, b.profile_id, b.status, b.source, b.compensation_minutes_used, b.makeup_until, \
         b.created_at >= s.starts_at AS is_late, \
         b.right_until IS NOT NULL OR b.given_until IS NOT NULL AS had_right, \
         b.attendance_marked_at IS NOT NULL AS is_recorded \
         FROM booking b JOIN class_session s ON s.id = b.session_id WHERE b.session_id = ? ORDER BY b.id",
    )
    .bind(session)
    .fetch_all(conn)
    .await
    .unwrap();
    let (mut bookings, mut ids) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    for row in rows {
        let booking = Booking {
            status: BookingStatus::parse(&row.status).unwrap(),
            source: BookingSource::parse(&row.source).unwrap(),
            spent: row.compensation_minutes_used.into(),
            late: row.is_late,
            until: row.makeup_until.map(ms),
            kept: row.had_right,
            recorded: row.is_recorded,
        };
        bookings.entry(names.child(row.profile_id)).or_default().push(booking);
        ids.entry(row.profile_id).or_default().push(row.id);
    }
    (bookings, ids)
}
