//! Makeups as rows, written with the events of their class's queue.

use crate::db::Conn;
use crate::error::AppError;
use crate::service::queue::{Locked, one};
use crate::service::{access, compensation};
use chrono::{DateTime, Utc};
use logic::ids::{BookingId, ProfileId};
use logic::makeup::MakeupTerms;
use logic::{Instant, Policy};

/// The makeup that `booking` is, and the grant that comes with it. One given up for the same class before opens
/// again.
#[allow(clippy::too_many_arguments, reason = "the fields of one event and where it happened")]
pub(in crate::service) async fn booked(
    conn: &mut Conn,
    locked: &Locked,
    profile: ProfileId,
    booking: BookingId,
    made_up: &MakeupTerms,
    now: Instant,
    policy: &Policy,
) -> Result<(), AppError> {
    let original = made_up.original;
    let grant = match made_up.credit() {
        Some(minutes) => {
            Some(compensation::grant(conn, profile, original, booking, minutes, now, policy).await?)
        }
        None => None,
    };
    let before: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM makeup_booking WHERE original_booking_id = ? AND makeup_schedule_id = ? AND makeup_date = ?",
    )
    .bind(original.0)
    .bind(locked.row.schedule.0)
    .bind(locked.row.date)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(id) = before {
        let done = sqlx::query(
            "UPDATE makeup_booking SET booking_id = ?, compensation_id = ?, status = 'confirmed', \
             original_duration = ?, makeup_duration = ?, duration_difference = ?, completion_type = ?, \
             created_at = ? WHERE id = ? AND status = 'cancelled'",
        )
        .bind(booking.0)
        .bind(grant.map(|grant| grant.0))
        .bind(made_up.original_duration.0)
        .bind(made_up.makeup_duration.0)
        .bind(made_up.difference.0)
        .bind(made_up.completion_type.as_str())
        .bind(DateTime::<Utc>::from(now))
        .bind(id)
        .execute(conn)
        .await?;
        return one(done.rows_affected(), "a cancelled makeup to open again", id);
    }
    sqlx::query(
        "INSERT INTO makeup_booking (original_booking_id, profile_id, makeup_class_id, makeup_schedule_id, \
         makeup_date, booking_id, compensation_id, status, original_duration, makeup_duration, \
         duration_difference, completion_type, created_at) \
         SELECT ?, ?, t.course_id, t.id, ?, ?, ?, 'confirmed', ?, ?, ?, ?, ? FROM course_schedule t WHERE t.id = ?",
    )
    .bind(original.0)
    .bind(profile.0)
    .bind(locked.row.date)
    .bind(booking.0)
    .bind(grant.map(|grant| grant.0))
    .bind(made_up.original_duration.0)
    .bind(made_up.makeup_duration.0)
    .bind(made_up.difference.0)
    .bind(made_up.completion_type.as_str())
    .bind(DateTime::<Utc>::from(now))
    .bind(locked.row.schedule.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// The makeup of `booking` is over before its class: its original can be made up again, and what is left of its grant
/// is revoked. Its profile is locked.
pub(in crate::service) async fn ended(
    conn: &mut Conn,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    let done = sqlx::query(
        "UPDATE makeup_booking SET status = 'cancelled' WHERE booking_id = ? AND status IN ('pending', 'confirmed')",
    )
    .bind(booking.0)
    .execute(&mut *conn)
    .await?;
    one(done.rows_affected(), "the makeup of booking", booking.0)?;
    compensation::revoke_with_makeup(conn, booking, now).await
}

/// Locks every profile whose grants calling the class off will change, in the order of their ids.
pub(in crate::service) async fn lock_for_call_off(conn: &mut Conn, session_id: i64) -> Result<(), AppError> {
    let profiles: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT profile_id FROM booking WHERE session_id = ? AND status = 'booked' \
         AND (source = 'makeup' OR compensation_minutes_used > 0) ORDER BY profile_id",
    )
    .bind(session_id)
    .fetch_all(&mut *conn)
    .await?;
    for profile in profiles {
        access::lock_profile(conn, ProfileId(profile)).await?;
    }
    Ok(())
}

/// The class is called off, and its bookings are `cancelled_by_gym`: its makeups end, and what was paid with credit is
/// given back, whatever the hour.
pub(in crate::service) async fn called_off(
    conn: &mut Conn,
    session_id: i64,
    now: Instant,
) -> Result<(), AppError> {
    let makeups: Vec<i64> = sqlx::query_scalar(
        "SELECT b.id FROM booking b JOIN makeup_booking m ON m.booking_id = b.id \
         WHERE b.session_id = ? AND b.status = 'cancelled_by_gym' AND m.status IN ('pending', 'confirmed') \
         ORDER BY m.compensation_id, b.id",
    )
    .bind(session_id)
    .fetch_all(&mut *conn)
    .await?;
    for booking in makeups {
        ended(conn, BookingId(booking), now).await?;
        // A reminder that was due while it was made up has been passed over: its member could not know that this comes.
        sqlx::query(
            "UPDATE booking o JOIN makeup_booking m ON m.original_booking_id = o.id SET o.makeup_reminded_at = NULL \
             WHERE m.booking_id = ?",
        )
        .bind(booking)
        .execute(&mut *conn)
        .await?;
    }
    let paid: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM booking WHERE session_id = ? AND status = 'cancelled_by_gym' \
         AND compensation_minutes_used > 0 ORDER BY id",
    )
    .bind(session_id)
    .fetch_all(&mut *conn)
    .await?;
    for booking in paid {
        compensation::give_back(conn, BookingId(booking), now).await?;
    }
    Ok(())
}
