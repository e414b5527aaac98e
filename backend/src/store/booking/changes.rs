//! What changes the rows of table `booking`.

use crate::store::error::{RowState, expect_count, inserted_id};
use crate::store::many::{id_pieces, push_ids};
use crate::store::{ClassSession, Conn, ProfileLock, Result, sql};
use logic::ids::{BookingId, SessionId, WaitlistId};
use logic::status::{BookingSource, BookingStatus};
use logic::{Instant, Minutes};
use sqlx::{MySql, QueryBuilder};

/// Books a seat of a locked class for a locked profile.
pub async fn booking_insert(
    conn: &mut Conn,
    class: &ClassSession,
    profile: &ProfileLock,
    source: BookingSource,
    entry: Option<WaitlistId>,
    now: Instant,
) -> Result<BookingId> {
    let done = sqlx::query(sql!(
        booking_insert,
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date, status, source, \
         waitlist_id, created_at) VALUES (?, ?, ?, ?, 'booked', ?, ?, ?)"
    ))
    .bind(profile.id())
    .bind(class.id)
    .bind(class.course_schedule_id)
    .bind(class.booking_date)
    .bind(source)
    .bind(entry)
    .bind(now)
    .execute(conn)
    .await?;
    inserted_id(&done, "booking").map(BookingId)
}

/// The state of a booking, as an error shows it.
pub(super) const BOOKING_AS_STORED: RowState = RowState {
    table: "booking",
    select: sql!(
        booking_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'profile_id', profile_id, 'minutes', compensation_minutes_used) \
         AS CHAR) FROM booking WHERE id = ?"
    ),
};

/// Ends a booking that is to come: `status` is `cancelled` or `leave`.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it is not `booked`.
pub async fn booking_end(conn: &mut Conn, id: BookingId, status: BookingStatus, now: Instant) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_end,
        "UPDATE booking SET status = ?, cancelled_at = ? WHERE id = ? AND status = 'booked'"
    ))
    .bind(status)
    .bind(now)
    .bind(id)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, "booked").await
}

/// Fixes the end of the right to a makeup of bookings that have none yet. Returns how many changed.
pub async fn booking_set_right(conn: &mut Conn, ids: &[BookingId], until: Instant) -> Result<u64> {
    let mut fixed = 0;
    for piece in id_pieces(ids) {
        let mut update =
            QueryBuilder::<MySql>::new(sql!(booking_set_right, "UPDATE booking SET right_until = "));
        update.push_bind(until).push(" WHERE right_until IS NULL AND id IN ");
        push_ids(&mut update, piece);
        fixed += update.build().execute(&mut *conn).await?.rows_affected();
    }
    Ok(fixed)
}

/// Gives a missed booking a right to a makeup, or a longer one, over the end that it had; of its end nothing was said yet.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it has another status, or another end.
pub async fn booking_give_right(
    conn: &mut Conn,
    id: BookingId,
    (status, before): (BookingStatus, Option<Instant>),
    until: Instant,
) -> Result<()> {
    let of_cancelled = status == BookingStatus::Cancelled;
    let done = sqlx::query(sql!(
        booking_give_right,
        "UPDATE booking SET right_until = IF(?, right_until, ?), given_until = IF(?, ?, NULL), \
         makeup_reminded_at = NULL, makeup_ended_at = NULL \
         WHERE id = ? AND status = ? AND makeup_until <=> ?"
    ))
    .bind(of_cancelled)
    .bind(until)
    .bind(of_cancelled)
    .bind(until)
    .bind(id)
    .bind(status)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, format!("{} with that right", status.as_str())).await
}

/// Ends the right to a makeup of a leave, which becomes a cancelled booking, or of a booking that was cancelled before: its
/// class is booked again. `right_until` keeps that there was one (R1.26).
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it is neither.
pub async fn booking_undo_leave(conn: &mut Conn, id: BookingId) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_undo_leave,
        "UPDATE booking SET status = 'cancelled', right_until = COALESCE(right_until, given_until), given_until = NULL \
         WHERE id = ? AND (status = 'leave' OR given_until IS NOT NULL)"
    ))
    .bind(id)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, "leave").await
}

/// Ends the `booked` bookings of a locked class that are to come: the gym cancelled the class.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if there are more or fewer.
pub async fn booking_cancel_class(
    conn: &mut Conn,
    session: SessionId,
    booked: usize,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_cancel_class,
        "UPDATE booking SET status = 'cancelled_by_gym', cancelled_at = ? WHERE session_id = ? AND status = 'booked'"
    ))
    .bind(now)
    .bind(session)
    .execute(conn)
    .await?;
    expect_count(&done, session, "booked bookings", booked)
}

/// Completes every booking of a locked class that nobody marked otherwise. Returns how many changed.
pub async fn booking_complete_class(conn: &mut Conn, session: SessionId) -> Result<u64> {
    let statement = sql!(
        booking_complete_class,
        "UPDATE booking SET status = 'completed' WHERE session_id = ? AND status = 'booked'"
    );
    Ok(sqlx::query(statement).bind(session).execute(conn).await?.rows_affected())
}

/// Writes the attendance of a booking over what it was. A right to a makeup that it gave goes, unless it stays as it was.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it was not.
pub async fn booking_set_attendance(
    conn: &mut Conn,
    id: BookingId,
    before: BookingStatus,
    after: BookingStatus,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_set_attendance,
        "UPDATE booking SET status = ?, attendance_marked_at = ?, right_until = IF(?, right_until, NULL) \
         WHERE id = ? AND status = ?"
    ))
    .bind(after)
    .bind(now)
    .bind(before == after)
    .bind(id)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, before.as_str()).await
}

/// Writes over `before` how many minutes of credit a booking has spent.
///
/// # Errors
/// [`crate::store::StoreError::Unexpected`] if it is another profile's booking, or has spent other minutes.
pub async fn booking_set_minutes_used(
    conn: &mut Conn,
    profile: &ProfileLock,
    id: BookingId,
    before: Minutes,
    after: Minutes,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_set_minutes_used,
        "UPDATE booking SET compensation_minutes_used = ? \
         WHERE id = ? AND profile_id = ? AND compensation_minutes_used = ?"
    ))
    .bind(after)
    .bind(id)
    .bind(profile.id())
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED
        .expect_one(conn, &done, id.0, format!("{} minutes of profile {}", before.0, profile.id()))
        .await
}

/// Marks a missed booking as reminded of; `false` if it was already.
pub async fn booking_mark_reminded(conn: &mut Conn, id: BookingId, now: Instant) -> Result<bool> {
    let done = sqlx::query(sql!(
        booking_mark_reminded,
        "UPDATE booking SET makeup_reminded_at = ? WHERE id = ? AND makeup_reminded_at IS NULL"
    ))
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the right to a makeup of a missed booking as ended; `false` if it was already.
pub async fn booking_mark_right_ended(conn: &mut Conn, id: BookingId, now: Instant) -> Result<bool> {
    let done = sqlx::query(sql!(
        booking_mark_right_ended,
        "UPDATE booking SET makeup_ended_at = ? WHERE id = ? AND makeup_ended_at IS NULL"
    ))
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Arms the reminder of the missed booking that a makeup's `booking` makes up anew.
pub async fn booking_forget_reminder(conn: &mut Conn, booking: BookingId) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_forget_reminder,
        "UPDATE booking o JOIN makeup_booking m ON m.original_booking_id = o.id SET o.makeup_reminded_at = NULL \
         WHERE m.booking_id = ?"
    ))
    .bind(booking)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, booking.0, "a makeup of another booking").await
}
