//! Makeups as rows, written with the events of the queue of their class.

use crate::error::AppError;
use crate::service::credit::{self, Occasion};
use crate::service::policies::JudgedClass;
use crate::store::{self, Conn, ProfileLock};
use logic::Instant;
use logic::compensation::expiry_of_grant;
use logic::ids::BookingId;
use logic::makeup::MakeupTerms;

/// Writes the makeup of `booking`, and the grant that comes with it. A cancelled makeup for the same class is opened again.
pub(super) async fn book(
    conn: &mut Conn,
    class: &JudgedClass,
    (profile, booking): (&ProfileLock, BookingId),
    terms: &MakeupTerms,
    now: Instant,
) -> Result<(), AppError> {
    let grant = match terms.credit() {
        Some(minutes) => {
            let occasion = Occasion::Makeup { missed: terms.original, booking };
            let expires = expiry_of_grant(now, &class.policy);
            Some(credit::grant(conn, profile, occasion, (minutes, expires), now).await?)
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
