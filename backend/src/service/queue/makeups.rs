//! Makeups as rows, written with the events of the queue of their class.

use crate::error::AppError;
use crate::service::credit;
use crate::store::{self, ClassSession, Conn};
use logic::ids::{BookingId, ProfileId, SessionId};
use logic::makeup::MakeupTerms;
use logic::{Instant, Policy};

/// Writes the makeup that `booking` is, and the grant that comes with it. One that was given up for the same class opens
/// again. The profile is locked.
pub(super) async fn book(
    policy: &Policy,
    conn: &mut Conn,
    class: &ClassSession,
    (profile, booking): (ProfileId, BookingId),
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
/// is revoked. The profile is locked.
pub(super) async fn end(conn: &mut Conn, booking: BookingId, now: Instant) -> Result<(), AppError> {
    store::makeup_booking_cancel(conn, booking).await?;
    credit::revoke(conn, booking, now).await
}

/// Locks every profile whose grants calling the class off will change, in the order of their ids.
pub(super) async fn lock_for_call_off(conn: &mut Conn, session: SessionId) -> Result<(), AppError> {
    for profile in store::booking_list_credit_profiles(conn, session).await? {
        store::profile_lock(conn, profile).await?;
    }
    Ok(())
}

/// After the gym cancelled the bookings of a class: its makeups end, and what was paid with credit is given back,
/// whatever the hour.
pub(super) async fn call_off(conn: &mut Conn, session: SessionId, now: Instant) -> Result<(), AppError> {
    for booking in store::makeup_booking_list_cancelled(conn, session).await? {
        end(conn, booking, now).await?;
        // A reminder that was due while the class was made up was passed over; its member could not foresee this.
        store::booking_forget_reminder(conn, booking).await?;
    }
    for booking in store::booking_list_cancelled_paid(conn, session).await? {
        credit::give_back(conn, booking, now).await?;
    }
    Ok(())
}
