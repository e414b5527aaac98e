//! Makeups as their owners see them, and what is owed to them.

use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::Scope;
use crate::service::{Context, shapes};
use crate::store::{self, BookingRow, StoreError};
use contract::shapes::{MakeupCounts, Makeups, Owed, Page};
use logic::Instant;
use logic::status::MakeupStatus;

/// `GET /makeup/owed`: missed bookings still to be made up, soonest to expire first.
pub async fn owed(
    context: &Context,
    scope: &Scope,
    list: &Paging,
    now: Instant,
) -> Result<Page<Owed>, AppError> {
    let mut rows = store::booking_list_owed(&context.pool, scope.owner(), now, list).await?;
    let end = |row: &BookingRow| Cursor::at(row.makeup_until.unwrap_or(now), row.id.0);
    let next_cursor = list.next(&mut rows, end);
    let owed = shapes::bookings(context, &rows).await?.into_iter().map(|booking| {
        let (id, status) = (booking.id.0, booking.status);
        let earns_none = || StoreError::unexpected("booking", id, "one to make up", status.as_str());
        Ok(Owed { makeup_until: booking.makeup_until.ok_or_else(earns_none)?, booking })
    });
    Ok(Page { items: owed.collect::<Result<_, StoreError>>()?, next_cursor })
}

/// `GET /makeup/my`: makeups, newest first, and how many there are of each status.
pub async fn my(
    context: &Context,
    scope: &Scope,
    status: Option<MakeupStatus>,
    list: &Paging,
) -> Result<Makeups, AppError> {
    let mut rows = store::makeup_booking_list(&context.pool, scope.owner(), status, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.created_at, row.id.0));
    let by_status = store::makeup_booking_count(&context.pool, scope.owner()).await?;
    let of = |status: MakeupStatus| by_status.get(&status).copied().unwrap_or(0);
    let counts = MakeupCounts {
        pending: of(MakeupStatus::Pending),
        confirmed: of(MakeupStatus::Confirmed),
        completed: of(MakeupStatus::Completed),
        cancelled: of(MakeupStatus::Cancelled),
        no_show: of(MakeupStatus::NoShow),
    };
    Ok(Makeups { items: rows.into_iter().map(shapes::makeup).collect(), next_cursor, counts })
}
