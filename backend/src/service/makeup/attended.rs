//! What attendance does to makeups: for whoever writes a booking's attendance, in the same transaction, with the class
//! locked.

use super::facts;
use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::access;
use crate::service::queue::Locked;
use logic::Instant;
use logic::attendance::{check_correction, makeup_status};
use logic::ids::{BookingId, ProfileId};
use logic::status::BookingStatus;

/// Whether the attendance of a booking may be corrected to `after`. Locks its profile: what was made up stands still.
///
/// # Errors
/// `conflict` with the reason.
pub async fn may_correct(
    conn: &mut Conn,
    locked: &Locked,
    booking: BookingId,
    after: BookingStatus,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    access::lock_profile_of(conn, booking).await?;
    let profile: i64 = sqlx::query_scalar("SELECT profile_id FROM booking WHERE id = ?")
        .bind(booking.0)
        .fetch_one(&mut *conn)
        .await?;
    let Some((missed, _)) = facts::missed(conn, booking, ProfileId(profile)).await? else { return Ok(()) };
    check_correction(&missed, locked.row.end, after, now, &app.policy)?;
    Ok(())
}

/// Brings the makeups of a class to where their bookings stand, after its attendance was written.
///
/// # Errors
/// The database's.
pub async fn follow_attendance(conn: &mut Conn, session_id: i64) -> Result<(), AppError> {
    for status in BookingStatus::ALL.iter().filter(|status| status.takes_a_seat()) {
        let Some(makeup) = makeup_status(*status) else { continue };
        sqlx::query(
            "UPDATE makeup_booking m JOIN booking b ON b.id = m.booking_id SET m.status = ? \
             WHERE b.session_id = ? AND b.source = 'makeup' AND b.status = ? AND m.status <> 'cancelled'",
        )
        .bind(makeup.as_str())
        .bind(session_id)
        .bind(status.as_str())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
