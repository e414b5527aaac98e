//! What changes the rows of table `class_session`.

use super::{NewClassSession, SessionCounters, SessionDue};
use crate::store::error::RowState;
use crate::store::{Conn, Result, sql};
use chrono::Datelike;
use logic::Instant;
use logic::ids::{PolicyId, SessionId};
use logic::status::SessionStatus;

/// Writes a class unless its slot and day have a row already, or its slot is not as it was read any more: it waits for
/// a transaction that changes the slot. The second of two concurrent inserts changes nothing.
pub async fn class_session_insert(conn: &mut Conn, class: &NewClassSession) -> Result<()> {
    sqlx::query(sql!(
        class_session_insert,
        "INSERT INTO class_session \
           (course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, queue_capacity) \
         SELECT slot.id, ?, ?, ?, ?, ?, ? FROM course_schedule slot JOIN course c ON c.id = slot.course_id \
         WHERE slot.id = ? AND slot.weekday = ? AND slot.start_time = ? AND slot.capacity = ? \
           AND COALESCE(slot.duration_minutes, c.duration_minutes) = ? \
           AND COALESCE(slot.valid_from <= ?, TRUE) AND COALESCE(? <= slot.valid_until, TRUE) \
         LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE class_session.id = class_session.id"
    ))
    .bind(class.booking_date)
    .bind(class.starts_at)
    .bind(class.ends_at)
    .bind(class.duration_minutes)
    .bind(class.capacity)
    .bind(class.queue_capacity)
    .bind(class.course_schedule_id)
    .bind(class.booking_date.weekday().number_from_monday())
    .bind(class.start_time)
    .bind(class.capacity)
    .bind(class.duration_minutes)
    .bind(class.booking_date)
    .bind(class.booking_date)
    .execute(conn)
    .await?;
    Ok(())
}

/// The state of a class, as an error shows it.
const CLASS_SESSION_AS_STORED: RowState = RowState {
    table: "class_session",
    select: sql!(
        class_session_as_stored,
        "SELECT CAST(JSON_OBJECT('revision', revision, 'status', status, 'booked', booked, 'held', held, \
         'waiting', waiting, 'finished_at', finished_at) AS CHAR) FROM class_session WHERE id = ?"
    ),
};

/// Writes the counters, the status and the due times of a locked class, and its next revision; and `policy` as the version
/// that judges it, unless one does.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has another revision.
pub async fn class_session_update(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    counters: &SessionCounters,
    status: SessionStatus,
    due: &SessionDue,
    policy: Option<PolicyId>,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_update,
        "UPDATE class_session SET capacity = ?, booked = ?, held = ?, waiting = ?, next_ticket = ?, status = ?, \
         due_at = ?, offers_due_at = ?, freed_at = ?, call_off_due_at = ?, policy_id = COALESCE(policy_id, ?), \
         revision = revision + 1 WHERE id = ? AND revision = ?"
    ))
    .bind(counters.capacity)
    .bind(counters.booked)
    .bind(counters.held)
    .bind(counters.waiting)
    .bind(counters.next_ticket)
    .bind(status)
    .bind(due.at)
    .bind(due.offers_at)
    .bind(due.freed_at)
    .bind(due.call_off_at)
    .bind(policy)
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, format!("revision {revision}")).await
}

/// Says whose number the seats of a locked class are: the date's own, or its slot's. Nothing is written where it is said
/// already.
pub async fn class_session_set_capacity_own(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    own: bool,
) -> Result<()> {
    sqlx::query(sql!(
        class_session_set_capacity_own,
        "UPDATE class_session SET capacity_own = ?, revision = revision + 1 \
         WHERE id = ? AND revision = ? AND capacity_own <> ?"
    ))
    .bind(own)
    .bind(id)
    .bind(revision)
    .bind(own)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes which version of the policy judges a locked class for good.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has another revision.
pub async fn class_session_set_policy(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    policy: PolicyId,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_set_policy,
        "UPDATE class_session SET policy_id = ?, revision = revision + 1 WHERE id = ? AND revision = ?"
    ))
    .bind(policy)
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, format!("revision {revision}")).await
}

/// Writes the next revision of a locked class, for a change that its counters do not show; and `policy` as the version that
/// judges it, unless one does.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has another revision.
pub async fn class_session_touch(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    policy: PolicyId,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_touch,
        "UPDATE class_session SET policy_id = COALESCE(policy_id, ?), revision = revision + 1 \
         WHERE id = ? AND revision = ?"
    ))
    .bind(policy)
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, format!("revision {revision}")).await
}

/// Marks a locked class as finished: its bookings are completed.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it is finished, or has another revision.
pub async fn class_session_finish(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_finish,
        "UPDATE class_session SET finished_at = ?, revision = revision + 1 \
         WHERE id = ? AND revision = ? AND finished_at IS NULL"
    ))
    .bind(now)
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, format!("revision {revision}, unfinished")).await
}

/// Notes that every booking of a cancelled class has been given back what it cost.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if none waits, or the class has another revision.
pub async fn class_session_end_call_off(conn: &mut Conn, (id, revision): (SessionId, i64)) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_end_call_off,
        "UPDATE class_session SET call_off_due_at = NULL, revision = revision + 1 \
         WHERE id = ? AND revision = ? AND call_off_due_at IS NOT NULL"
    ))
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED
        .expect_one(conn, &done, id.0, format!("revision {revision}, being called off"))
        .await
}

/// Gives a locked class a number of seats. If it has more than before and someone waits, the class becomes due at `now`.
pub async fn class_session_set_seats(
    conn: &mut Conn,
    (id, revision): (SessionId, i64),
    seats: u32,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_set_seats,
        "UPDATE class_session SET due_at = IF(waiting > 0 AND capacity < ?, ?, due_at), capacity = ?, \
         revision = revision + 1 WHERE id = ? AND revision = ?"
    ))
    .bind(seats)
    .bind(now)
    .bind(seats)
    .bind(id)
    .bind(revision)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, format!("revision {revision}")).await
}

/// Gives a locked class the times and seats of its slot. The fields that name the class are not written.
pub async fn class_session_reschedule(conn: &mut Conn, id: SessionId, class: &NewClassSession) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_reschedule,
        "UPDATE class_session SET starts_at = ?, ends_at = ?, duration_minutes = ?, capacity = ?, \
         queue_capacity = ?, revision = revision + 1 WHERE id = ? AND waiting = 0 AND held = 0"
    ))
    .bind(class.starts_at)
    .bind(class.ends_at)
    .bind(class.duration_minutes)
    .bind(class.capacity)
    .bind(class.queue_capacity)
    .bind(id)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, "a class that nobody waits for").await
}

/// Writes how many seats of a locked class are booked. If someone waits, the class becomes due at `now`.
pub async fn class_session_set_booked(
    conn: &mut Conn,
    id: SessionId,
    booked: i64,
    someone_waits: bool,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        class_session_set_booked,
        "UPDATE class_session SET booked = ?, due_at = IF(?, ?, due_at), finished_at = NULL, \
         revision = revision + 1 WHERE id = ?"
    ))
    .bind(booked)
    .bind(someone_waits)
    .bind(now)
    .bind(id)
    .execute(&mut *conn)
    .await?;
    CLASS_SESSION_AS_STORED.expect_one(conn, &done, id.0, "the class").await
}
