//! Makeups as rows, written with the events of the queue of their class.

use crate::error::AppError;
use crate::service::credit;
use crate::store::{self, ClassSession, Conn, ProfileLock};
use logic::ids::{BookingId, SessionId};
use logic::makeup::MakeupTerms;
use logic::{Instant, Policy};

/// Writes the makeup that `booking` is, and the grant that comes with it. One that was given up for the same class opens
/// again.
pub(super) async fn book(
    policy: &Policy,
    conn: &mut Conn,
    class: &ClassSession,
    (profile, booking): (&ProfileLock, BookingId),
    terms: &MakeupTerms,
    now: Instant,
) -> Result<(), AppError> {
    let grant = match terms.credit() {
        Some(minutes) => {
            Some(credit::grant(policy, conn, profile, (terms.original, booking), minutes, now).await?)
        }
        None => None,
    };
    Ok(store::makeup_booking_upsert(conn, class, profile, booking, terms, grant, now).await?)
}

/// Ends the makeup that `booking` is, before its class: its original can be made up again, and what is left of its grant
/// is revoked.
pub(super) async fn end(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    store::makeup_booking_cancel(conn, profile, booking).await?;
    credit::revoke(conn, profile, booking, now).await
}

/// After the gym cancelled the bookings of a class: its makeups end, and what was paid with credit is given back,
/// whatever the hour.
pub(super) async fn call_off(
    conn: &mut Conn,
    profiles: &[ProfileLock],
    session: SessionId,
    now: Instant,
) -> Result<(), AppError> {
    for (booking, profile) in store::makeup_booking_list_cancelled(conn, session).await? {
        end(conn, ProfileLock::of(profiles, profile)?, booking, now).await?;
        // A reminder that was due while the class was made up was passed over; its member could not foresee this.
        store::booking_forget_reminder(conn, booking).await?;
    }
    for (booking, profile) in store::booking_list_cancelled_paid(conn, session).await? {
        credit::give_back(conn, ProfileLock::of(profiles, profile)?, booking, now).await?;
    }
    Ok(())
}
