//! The effects of recorded attendance on makeups. They are written in the transaction that records it, while the class is
//! locked.

use super::facts;
use crate::auth::Caller;
use crate::error::AppError;
use crate::service::{Context, messages};
use crate::store::{self, ClassSession, Conn, ProfileLock};
use crate::wechat::message::{About, Message};
use logic::Instant;
use logic::attendance::{check_correction, makeup_status};
use logic::ids::{BookingId, SessionId};
use logic::makeup::MissedBooking;
use logic::status::BookingStatus;

/// Checks that the attendance of a booking may be corrected to `after`: what was made up does not change. Returns whether
/// the booking has given a right to a makeup so far.
///
/// # Errors
/// `conflict` with the reason.
pub(in crate::service) async fn may_correct(
    conn: &mut Conn,
    class: &ClassSession,
    (profile, booking): (&ProfileLock, BookingId),
    after: BookingStatus,
    now: Instant,
) -> Result<bool, AppError> {
    let Some(missed) = facts::missed(conn, booking, profile.id()).await? else { return Ok(false) };
    check_correction((&MissedBooking::from(&missed), missed.is_recorded), class.ends_at, after, now)?;
    Ok(missed.makeup_until.is_some())
}

/// Gives the makeups of a class the status of their bookings, after its attendance was written.
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

/// Tells the family of an absence that staff recorded that it may be made up; staff know it of their own child. After the
/// attendance was written.
pub(in crate::service) async fn tell_right(
    context: &Context,
    conn: &mut Conn,
    caller: &Caller,
    (profile, booking): (&ProfileLock, BookingId),
    now: Instant,
) -> Result<(), AppError> {
    if profile.guardians().include(caller.account) {
        return Ok(());
    }
    let Some(missed) = facts::missed(conn, booking, profile.id()).await? else { return Ok(()) };
    let missed = MissedBooking::from(&missed);
    let Some(until) = missed.makeup_until.filter(|_| missed.is_owed(now)) else { return Ok(()) };
    let Some(names) = store::booking_names(conn, booking).await? else { return Ok(()) };
    let about =
        About { course: &names.course_name, child: &names.profile_name, start: context.local(missed.start) };
    let message = (Message::makeup_granted(about, context.local(until)), names.subject(booking));
    messages::enqueue(context, conn, profile.id(), message, until, now).await
}
