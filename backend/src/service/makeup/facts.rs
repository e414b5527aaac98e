//! What the reads of makeups and the sweeps have to know of a missed booking.

use crate::error::AppError;
use crate::store::{self, Conn, MissedBookingRow};
use logic::ids::{BookingId, ProfileId};

/// A booking that `profile` may want to make up; `None` if the profile has no such booking: a sibling's does not count.
/// Where something is decided, the profile is locked.
pub(super) async fn missed(
    conn: &mut Conn,
    booking: BookingId,
    profile: ProfileId,
) -> Result<Option<MissedBookingRow>, AppError> {
    let rows = store::booking_list_missed(conn, &[booking]).await?;
    Ok(rows.into_iter().find(|row| row.profile_id == profile))
}
