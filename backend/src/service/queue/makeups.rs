//! Makeups as rows, written with the events of the queue of their class.

use crate::error::AppError;
use crate::service::credit::{self, Occasion};
use crate::store::{self, ClassSession, Conn, ProfileLock};
use logic::ids::BookingId;
use logic::makeup::MakeupTerms;
use logic::{Instant, Policy};

/// Writes the makeup of `booking`, and the grant that comes with it. A cancelled makeup for the same class is opened again.
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
            let occasion = Occasion::Makeup { missed: terms.original, booking };
            Some(credit::grant(policy, conn, profile, occasion, minutes, now).await?)
        }
        None => None,
    };
    Ok(store::makeup_booking_upsert(conn, class, profile, booking, terms, grant, now).await?)
}

/// Cancels the makeup of `booking` before its class: its original can be made up again, and what is left of its grant is
/// revoked.
pub(in crate::service) async fn end(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    store::makeup_booking_cancel(conn, profile, booking).await?;
    credit::revoke(conn, profile, booking, now).await
}
