//! Offers: made, and run out. Many of one decision are written in as many statements as one.

use super::load::Locked;
use crate::error::AppError;
use crate::service::Context;
use crate::service::messages::{self, OpenOffer};
use crate::store::{self, Conn, NewOffer};
use logic::ids::{Ticket, WaitlistId};
use logic::session::Event;
use logic::status::{MessageKind, NotificationStatus, Reason};
use logic::{Instant, deadline};
use serde_json::Value;

/// Whether two neighbours among a decision's events are written together: offers that have all but their entries in
/// common, and offers that ran out.
pub(super) fn together(one: &Event, next: &Event) -> bool {
    match (one, next) {
        (
            Event::Offered { round, deadline, .. },
            Event::Offered { round: next_round, deadline: next_deadline, .. },
        ) => round == next_round && deadline == next_deadline,
        (Event::Expired { .. }, Event::Expired { .. }) => true,
        _ => false,
    }
}

/// Holds seats for waiting entries until `deadline`, and tells their members.
pub(super) async fn make(
    context: &Context,
    conn: &mut Conn,
    locked: &Locked,
    tickets: &[Ticket],
    (round, deadline): (u32, Instant),
    flow_data: &Value,
    now: Instant,
) -> Result<(), AppError> {
    let ids = ids_of(locked, tickets)?;
    let reminder_at = deadline::reminder_at(now, deadline, &locked.class.policy);
    let offer = NewOffer { sent_at: now, deadline, reminder_at, round };
    store::waitlist_offer(conn, &ids, tickets, &offer).await?;
    let open: Vec<_> = ids.into_iter().map(|entry| OpenOffer { entry, round, deadline }).collect();
    messages::offers(context, conn, &locked.class, &open, flow_data, now).await
}

/// Expires offers that nobody answered in time, and says so.
pub(super) async fn expire(
    context: &Context,
    conn: &mut Conn,
    locked: &Locked,
    tickets: &[Ticket],
    now: Instant,
) -> Result<(), AppError> {
    let ids = ids_of(locked, tickets)?;
    store::waitlist_expire(conn, &ids, tickets).await?;
    let (status, reason) = (NotificationStatus::Expired, Some(Reason::Timeout));
    store::waitlist_notification_end_offers(conn, &ids, status, reason, now).await?;
    messages::said(context, conn, &locked.class, &ids, MessageKind::OfferExpired, now).await
}

fn ids_of(locked: &Locked, tickets: &[Ticket]) -> Result<Vec<WaitlistId>, AppError> {
    tickets.iter().map(|ticket| locked.id_of(*ticket)).collect()
}
