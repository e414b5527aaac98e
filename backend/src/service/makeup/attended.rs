//! What attendance does to makeups: for whoever writes the attendance of a booking, in the same transaction, with the
//! class locked.

use super::facts;
use crate::error::AppError;
use crate::service::Context;
use crate::store::{self, ClassSession, Conn, ProfileLock};
use logic::Instant;
use logic::attendance::{check_correction, makeup_status};
use logic::ids::{BookingId, SessionId};
use logic::makeup::MissedBooking;
use logic::status::BookingStatus;

/// Checks that the attendance of a booking may be corrected to `after`: what was made up does not change.
///
/// # Errors
/// `conflict` with the reason.
pub(in crate::service) async fn may_correct(
    context: &Context,
    conn: &mut Conn,
    class: &ClassSession,
    (profile, booking): (&ProfileLock, BookingId),
    after: BookingStatus,
    now: Instant,
) -> Result<(), AppError> {
    if let Some(missed) = facts::missed(conn, booking, profile.id()).await? {
        check_correction(&MissedBooking::from(&missed), class.ends_at, after, now, &context.policy)?;
    }
    Ok(())
}

/// Gives the makeups of a class the status of their bookings, after its attendance was written.
///
/// # Errors
/// The makeups cannot be written.
pub(in crate::service) async fn follow_attendance(
    conn: &mut Conn,
    session: SessionId,
) -> Result<(), AppError> {
    for attendance in BookingStatus::ALL.iter().filter(|status| status.takes_a_seat()) {
        if let Some(status) = makeup_status(*attendance) {
            store::makeup_booking_follow_attendance(conn, session, *attendance, status).await?;
        }
    }
    Ok(())
}
