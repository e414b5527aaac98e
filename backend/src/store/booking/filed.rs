//! Bookings that a file of fixtures names.

use super::changes::BOOKING_AS_STORED;
use crate::store::{Conn, Result, sql};
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{BookingId, ProfileId, ScheduleId, SessionId};
use logic::status::BookingStatus;

/// A booking as fixtures write it.
#[derive(Clone, Debug)]
pub struct FixtureBooking {
    pub id: BookingId,
    pub profile_id: ProfileId,
    pub session_id: SessionId,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    pub status: BookingStatus,
}

/// A booking as it is stored, for a file that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FiledBooking {
    pub profile_id: ProfileId,
    pub session_id: SessionId,
    pub status: BookingStatus,
    /// The status that a file gave it last; `None` where no file wrote it.
    pub file_status: Option<BookingStatus>,
}

/// The class that a booking of fixtures is in, if it is known already.
pub async fn booking_current_session(conn: &mut Conn, id: BookingId) -> Result<Option<SessionId>> {
    let statement = sql!(booking_current_session, "SELECT session_id FROM booking WHERE id = ?");
    Ok(sqlx::query_scalar(statement).bind(id).fetch_optional(conn).await?)
}

/// Locks a booking that a file names, if it is known.
pub async fn booking_lock_filed(conn: &mut Conn, id: BookingId) -> Result<Option<FiledBooking>> {
    let statement = sql!(
        booking_lock_filed,
        "SELECT profile_id, session_id, status, file_status FROM booking WHERE id = ? FOR UPDATE"
    );
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(conn).await?)
}

/// Writes a booking with the id that a file gives it.
///
/// # Errors
/// See [`crate::store::StoreError::is_duplicate`] for a profile that has another live booking in the class.
pub async fn booking_insert_filed(conn: &mut Conn, row: &FixtureBooking, now: Instant) -> Result<()> {
    sqlx::query(sql!(
        booking_insert_filed,
        "INSERT INTO booking (id, profile_id, session_id, course_schedule_id, booking_date, status, file_status, \
         cancelled_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(row.id)
    .bind(row.profile_id)
    .bind(row.session_id)
    .bind(row.course_schedule_id)
    .bind(row.booking_date)
    .bind(row.status)
    .bind(row.status)
    .bind((!row.status.takes_a_seat()).then_some(now))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a booking that still is as a file wrote it. A right to a makeup that it gave goes.
///
/// # Errors
/// As [`booking_insert_filed`]; [`crate::store::StoreError::Unexpected`] if it has another status.
pub async fn booking_update_filed(
    conn: &mut Conn,
    row: &FixtureBooking,
    before: BookingStatus,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_update_filed,
        "UPDATE booking SET profile_id = ?, session_id = ?, course_schedule_id = ?, booking_date = ?, status = ?, \
         right_until = NULL, given_until = NULL, file_status = ?, cancelled_at = IF(?, NULL, COALESCE(cancelled_at, ?)) \
         WHERE id = ? AND status = ?"
    ))
    .bind(row.profile_id)
    .bind(row.session_id)
    .bind(row.course_schedule_id)
    .bind(row.booking_date)
    .bind(row.status)
    .bind(row.status)
    .bind(row.status.takes_a_seat())
    .bind(now)
    .bind(row.id)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, row.id.0, before.as_str()).await
}
