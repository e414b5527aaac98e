//! Table `class_session`: the row that every write in a class locks first, and its counters.

mod changes;

use super::list::{BindListParams, owned};
use super::{Conn, OwnerFilter, Result, SessionLock, Unlocked, sql};
use crate::store::sweep::DueQuery;
use chrono::{NaiveDate, NaiveTime};
use logic::Instant;
use logic::ids::{PolicyId, ScheduleId, SessionId, Ticket};
use logic::status::SessionStatus;
use sqlx::MySqlExecutor;
use std::collections::BTreeSet;

pub use changes::*;

/// Which class a row is, and when it is held.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClassSession {
    pub id: SessionId,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    pub starts_at: Instant,
    pub ends_at: Instant,
    #[sqlx(try_from = "i32")]
    pub duration_minutes: u32,
    /// The version of the policy that judges it; `None`: not fixed yet.
    pub policy_id: Option<PolicyId>,
}

/// The counters of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionCounters {
    pub capacity: u32,
    pub booked: u32,
    pub held: u32,
    pub waiting: u32,
    pub next_ticket: Ticket,
}

/// When a class has to be looked at next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionDue {
    /// When the sweep has to settle it. From then on a read settles it too.
    #[sqlx(rename = "due_at")]
    pub at: Option<Instant>,
    /// The earliest deadline of a live offer.
    #[sqlx(rename = "offers_due_at")]
    pub offers_at: Option<Instant>,
    /// Since when a seat has been free that someone waits for, inside an interval or in quiet hours.
    pub freed_at: Option<Instant>,
    /// Since when its bookings wait to be given back what they cost, after the gym cancelled it.
    #[sqlx(rename = "call_off_due_at")]
    pub call_off_at: Option<Instant>,
}

/// A class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClassSessionRow {
    #[sqlx(flatten)]
    pub class: ClassSession,
    /// Entries that wait for it at most; `None`: the policy says.
    pub queue_capacity: Option<u32>,
    /// Whether staff set the seats of this date; else they are its slot's.
    pub capacity_own: bool,
    #[sqlx(flatten)]
    pub counters: SessionCounters,
    pub status: SessionStatus,
    /// When it has to be looked at next.
    #[sqlx(flatten)]
    pub due: SessionDue,
    /// When its bookings were completed, after its end.
    pub finished_at: Option<Instant>,
    /// Whether the timetable meets its date.
    pub on_timetable: bool,
    /// Whether it is a class: the timetable meets its date, or it ever had a booking or an entry.
    pub class_exists: bool,
    /// Grows with every change to the row or to what hangs on it.
    pub revision: i64,
}

/// What is counted of the class of a slot.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct OfSlot<T> {
    pub(super) course_schedule_id: ScheduleId,
    #[sqlx(flatten)]
    pub(super) counts: T,
}

/// A class that is not in the table yet.
#[derive(Clone, Debug)]
pub struct NewClassSession {
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    /// The time of day that its slot had, in the gym's zone.
    pub start_time: NaiveTime,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub duration_minutes: u32,
    pub capacity: u32,
    /// Entries that wait for it at most; `None`: the policy says.
    pub queue_capacity: Option<u32>,
}

/// When a class starts, by its row and by its slot.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionStart {
    pub id: SessionId,
    pub booking_date: NaiveDate,
    pub starts_at: Instant,
    /// In the gym's zone.
    pub start_time: NaiveTime,
}

/// The queues of classes that are still to start, added up.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct QueueTotals {
    pub queues: i64,
    pub waiting: i64,
    pub held: i64,
    pub longest: i64,
}

/// Classes with something overdue, the longest overdue first.
pub const CLASS_SESSION_DUE: DueQuery = DueQuery(sql!(
    class_session_due,
    "SELECT due_at, id FROM class_session WHERE due_at <= ? AND (due_at > ? OR (due_at = ? AND id > ?)) \
     ORDER BY due_at, id LIMIT ?"
));

/// Classes that are over and whose bookings are not completed yet, the earliest first.
pub const CLASS_SESSION_UNFINISHED: DueQuery = DueQuery(sql!(
    class_session_unfinished,
    "SELECT ends_at, id FROM class_session WHERE finished_at IS NULL AND ends_at <= ? \
     AND (ends_at > ? OR (ends_at = ? AND id > ?)) ORDER BY ends_at, id LIMIT ?"
));

/// Cancelled classes whose bookings wait to be given back what they cost, the longest waiting first.
pub const CLASS_SESSION_CALLED_OFF: DueQuery = DueQuery(sql!(
    class_session_called_off,
    "SELECT call_off_due_at, id FROM class_session WHERE call_off_due_at <= ? \
     AND (call_off_due_at > ? OR (call_off_due_at = ? AND id > ?)) ORDER BY call_off_due_at, id LIMIT ?"
));

/// Whether the timetable meets the date of a row, as [`CourseScheduleRow::meets`](super::CourseScheduleRow::meets) says
/// of a date without a row.
macro_rules! on_timetable {
    () => {
        "EXISTS (SELECT 1 FROM course_schedule slot WHERE slot.id = class_session.course_schedule_id \
         AND slot.weekday = WEEKDAY(class_session.booking_date) + 1 \
         AND COALESCE(slot.valid_from <= class_session.booking_date, TRUE) \
         AND COALESCE(class_session.booking_date <= slot.valid_until, TRUE))"
    };
}

/// Whether a row is a class. Any other row is one that nobody used, of a timetable that was changed.
macro_rules! class_exists {
    () => {
        concat!(
            "(",
            on_timetable!(),
            " OR EXISTS (SELECT 1 FROM booking b WHERE b.session_id = class_session.id) \
             OR EXISTS (SELECT 1 FROM waitlist w WHERE w.session_id = class_session.id))"
        )
    };
}

macro_rules! select {
    ($name:ident, $where:literal) => {
        sql!(
            $name,
            "SELECT id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, policy_id, capacity, \
             queue_capacity, capacity_own, booked, held, waiting, next_ticket, status, due_at, offers_due_at, freed_at, \
             finished_at, call_off_due_at, revision, ",
            on_timetable!(),
            " AS on_timetable, ",
            class_exists!(),
            " AS class_exists FROM class_session ",
            $where
        )
    };
}

impl Unlocked {
    /// Locks a class and reads it; `None` if there is no such row.
    pub async fn lock_session(
        self,
        conn: &mut Conn,
        id: SessionId,
    ) -> Result<Option<(ClassSessionRow, SessionLock)>> {
        Ok(class_session_lock(conn, id).await?.map(|row| (row, SessionLock::new())))
    }

    /// Locks the class of a slot and a day and reads it; `None` if there is no such class, or it has no row.
    pub async fn lock_slot(
        self,
        conn: &mut Conn,
        schedule: ScheduleId,
        date: NaiveDate,
    ) -> Result<Option<(ClassSessionRow, SessionLock)>> {
        let row = class_session_lock_slot(conn, schedule, date).await?.filter(|row| row.class_exists);
        Ok(row.map(|row| (row, SessionLock::new())))
    }

    /// Locks classes and reads them, in the order of their ids; those without a row are left out.
    pub async fn lock_sessions(
        self,
        conn: &mut Conn,
        ids: &BTreeSet<SessionId>,
    ) -> Result<(Vec<ClassSessionRow>, SessionLock)> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(class_session_lock(conn, *id).await?);
        }
        Ok((rows, SessionLock::new()))
    }
}

/// Locks a class and reads it; `None` if there is no such row.
async fn class_session_lock(conn: &mut Conn, id: SessionId) -> Result<Option<ClassSessionRow>> {
    let statement = select!(class_session_lock, "WHERE id = ? FOR UPDATE");
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(conn).await?)
}

/// Locks the class of a slot and a day and reads it; `None` if it has no row.
async fn class_session_lock_slot(
    conn: &mut Conn,
    schedule: ScheduleId,
    date: NaiveDate,
) -> Result<Option<ClassSessionRow>> {
    let statement =
        select!(class_session_lock_slot, "WHERE course_schedule_id = ? AND booking_date = ? FOR UPDATE");
    Ok(sqlx::query_as(statement).bind(schedule).bind(date).fetch_optional(conn).await?)
}

/// The row of the class of a slot and a day, if there is such a class and it has one.
pub async fn class_session_find(
    db: impl MySqlExecutor<'_>,
    schedule: ScheduleId,
    date: NaiveDate,
) -> Result<Option<SessionId>> {
    Ok(sqlx::query_scalar(sql!(
        class_session_find,
        "SELECT id FROM class_session WHERE course_schedule_id = ? AND booking_date = ? AND ",
        class_exists!()
    ))
    .bind(schedule)
    .bind(date)
    .fetch_optional(db)
    .await?)
}

/// The classes between two days, both included, of one slot or of all.
pub async fn class_session_list(
    db: impl MySqlExecutor<'_>,
    schedule: Option<ScheduleId>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<ClassSessionRow>> {
    Ok(sqlx::query_as(select!(
        class_session_list,
        "WHERE booking_date BETWEEN ? AND ? AND (? IS NULL OR course_schedule_id = ?)"
    ))
    .bind(from)
    .bind(to)
    .bind(schedule)
    .bind(schedule)
    .fetch_all(db)
    .await?)
}

/// The classes that are overdue and in which someone has a live entry, in order of id.
pub async fn class_session_list_overdue(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    now: Instant,
) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar(sql!(
        class_session_list_overdue,
        "SELECT DISTINCT s.id FROM waitlist w JOIN class_session s ON s.id = w.session_id",
        " WHERE ",
        owned!("w.profile_id"),
        " AND w.status IN ('waiting', 'notified') AND s.due_at <= ? ORDER BY s.id"
    ))
    .bind_owner(owner)
    .bind(now)
    .fetch_all(db)
    .await?)
}

/// When the first class of each slot started. By date, because that is an index: one lookup for each slot, instead of
/// reading every class that ever was.
pub async fn class_session_first_starts(db: impl MySqlExecutor<'_>) -> Result<Vec<(ScheduleId, Instant)>> {
    let statement = sql!(
        class_session_first_starts,
        "SELECT f.course_schedule_id, s.starts_at FROM (SELECT course_schedule_id, MIN(booking_date) AS booking_date \
         FROM class_session GROUP BY course_schedule_id) f JOIN class_session s \
         ON s.course_schedule_id = f.course_schedule_id AND s.booking_date = f.booking_date"
    );
    Ok(sqlx::query_as(statement).fetch_all(db).await?)
}

/// Adds up the queues of classes that start after `now`.
pub async fn class_session_queue_totals(db: impl MySqlExecutor<'_>, now: Instant) -> Result<QueueTotals> {
    Ok(sqlx::query_as(sql!(
        class_session_queue_totals,
        "SELECT COUNT(*) AS queues, CAST(COALESCE(SUM(waiting), 0) AS SIGNED) AS waiting, \
         CAST(COALESCE(SUM(held), 0) AS SIGNED) AS held, \
         CAST(COALESCE(MAX(waiting + held), 0) AS SIGNED) AS longest FROM class_session \
         WHERE starts_at > ? AND waiting + held > 0"
    ))
    .bind(now)
    .fetch_one(db)
    .await?)
}

/// Whether anything was promised in a class that its version of the policy may have shaped: an entry, with or without an
/// offer, a leave, or a right to a makeup.
pub async fn class_session_has_promise(conn: &mut Conn, id: SessionId) -> Result<bool> {
    Ok(sqlx::query_scalar(sql!(
        class_session_has_promise,
        "SELECT CAST(EXISTS (SELECT 1 FROM waitlist w WHERE w.session_id = class_session.id) \
         OR EXISTS (SELECT 1 FROM booking b WHERE b.session_id = class_session.id \
           AND (b.status IN ('leave', 'absent', 'cancelled_by_gym') \
             OR b.right_until IS NOT NULL OR b.given_until IS NOT NULL)) AS SIGNED) = 1 \
         FROM class_session WHERE id = ?"
    ))
    .bind(id)
    .fetch_one(conn)
    .await?)
}

/// The classes that have a queue and start after `now`, in order of id.
pub async fn class_session_list_queued(db: impl MySqlExecutor<'_>, now: Instant) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar(sql!(
        class_session_list_queued,
        "SELECT id FROM class_session WHERE starts_at > ? AND status = 'scheduled' AND (waiting > 0 OR held > 0) \
         ORDER BY id"
    ))
    .bind(now)
    .fetch_all(db)
    .await?)
}

/// Classes of the timetable that start after `now`, in order of id, from after an id.
pub async fn class_session_list_starts(
    db: impl MySqlExecutor<'_>,
    now: Instant,
    after: SessionId,
    limit: u32,
) -> Result<Vec<SessionStart>> {
    Ok(sqlx::query_as(sql!(
        class_session_list_starts,
        "SELECT class_session.id, booking_date, starts_at, s.start_time FROM class_session \
         JOIN course_schedule s ON s.id = class_session.course_schedule_id",
        " WHERE starts_at > ? AND class_session.id > ? AND ",
        on_timetable!(),
        " ORDER BY class_session.id LIMIT ?"
    ))
    .bind(now)
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The classes of a slot that start after `now`.
pub async fn class_session_list_to_come(
    conn: &mut Conn,
    schedule: ScheduleId,
    now: Instant,
) -> Result<Vec<SessionId>> {
    let statement = sql!(
        class_session_list_to_come,
        "SELECT id FROM class_session WHERE course_schedule_id = ? AND starts_at > ?"
    );
    Ok(sqlx::query_scalar(statement).bind(schedule).bind(now).fetch_all(conn).await?)
}

/// Those of them that somebody was promised something of: a booking is live or was missed, or an entry is live.
pub async fn class_session_list_promised(
    conn: &mut Conn,
    schedule: ScheduleId,
    now: Instant,
) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar(sql!(
        class_session_list_promised,
        "SELECT s.id FROM class_session s WHERE s.course_schedule_id = ? AND s.starts_at > ? \
         AND (EXISTS (SELECT 1 FROM booking b WHERE b.session_id = s.id AND b.status <> 'cancelled') \
           OR EXISTS (SELECT 1 FROM waitlist w WHERE w.session_id = s.id AND w.status IN ('waiting', 'notified')))"
    ))
    .bind(schedule)
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// The counters of a class.
pub async fn class_session_counters(conn: &mut Conn, id: SessionId) -> Result<SessionCounters> {
    Ok(sqlx::query_as(sql!(
        class_session_counters,
        "SELECT capacity, booked, held, waiting, next_ticket FROM class_session WHERE id = ?"
    ))
    .bind(id)
    .fetch_one(conn)
    .await?)
}
