//! Events that end many rows at once.

use super::load::Locked;
use crate::error::AppError;
use crate::service::{Context, messages, rights};
use crate::store::{self, Conn};
use logic::Instant;
use logic::status::{EntryStatus, MessageKind};

/// Expires every waiting entry, and tells each once that the list is closed (RULES §2). An offer that is still open
/// stays open.
pub(super) async fn close_list(
    context: &Context,
    conn: &mut Conn,
    locked: &Locked,
    entries: u32,
    now: Instant,
) -> Result<(), AppError> {
    let waiting = store::waitlist_list_waiting(conn, locked.class.id, u32::MAX).await?;
    messages::news(context, conn, &locked.class, &waiting, MessageKind::WaitlistClosed, now).await?;
    Ok(store::waitlist_end_waiting(conn, locked.class.id, EntryStatus::Expired, entries).await?)
}

/// Ends waiting entries and bookings, and tells everyone, those with an open offer too (RULES §2, §3). The offers are
/// withdrawn by events of their own, after this one. What bookings cost is given back later, and their members are told
/// then: see `call_off`.
pub(super) async fn call_off(
    context: &Context,
    conn: &mut Conn,
    locked: &mut Locked,
    now: Instant,
) -> Result<(), AppError> {
    let (class, session) = (&locked.class, locked.class.id);
    let live = store::waitlist_list_live(conn, session).await?;
    messages::news(context, conn, class, &live, MessageKind::ClassCancelled, now).await?;
    store::waitlist_end_waiting(conn, session, EntryStatus::Cancelled, locked.state.waiting).await?;
    let bookings = store::booking_list_booked(conn, session).await?;
    store::booking_cancel_class(conn, session, bookings.len(), now).await?;
    let ids: Vec<_> = bookings.iter().map(|(id, _)| *id).collect();
    rights::arise(&class.policy, conn, &ids).await?;
    locked.due.call_off_at = bookings.iter().any(|(_, cost)| *cost).then_some(now);
    let free: Vec<_> = bookings.iter().filter(|(_, cost)| !cost).map(|(id, _)| *id).collect();
    messages::bookings_called_off(context, conn, class, &free, now).await
}
