//! Stores what became of a message.

use super::outcome::Outcome;
use crate::db::{on_commit, run_tx};
use crate::error::AppError;
use crate::service::Context;
use crate::service::queue::{Locked, entry_by_id};
use crate::store::{self, Conn, OutboxOutcome, OutboxRow, OutboxStatus, StoreError};
use logic::Instant;
use logic::ids::NotificationId;
use logic::session::Command;
use logic::status::{Delivery, EntryStatus, MessageDelivery, MessageKind};

/// Stores an outcome, if the row's lease is still the claimant's. The message is out, or is not: that is stored even
/// where the offer's deadline cannot be moved, or where what the message reports is not as it was written. Otherwise the
/// member would be sent it again and again.
pub(super) async fn record(context: &Context, row: &OutboxRow, outcome: &Outcome) -> Result<(), AppError> {
    let late = match outcome {
        Outcome::Delivered { accepted_at } if row.attempts > 1 && is_offer(row) => Some(*accepted_at),
        _ => None,
    };
    if let Some(accepted_at) = late {
        match delivered_late(context, row, outcome, accepted_at).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::error!(message = row.id, %error, "a late delivery's deadline could not be moved");
            }
        }
    }
    match store_alone(context, row, outcome).await {
        Err(AppError::Store(error @ StoreError::Unexpected { .. })) => {
            tracing::error!(message = row.id, %error, "what follows from a message's outcome could not be stored; its outcome alone is");
            run_tx(&context.pool, "outbox_record", |conn, _| {
                Box::pin(async move { store_outcome(conn, row, outcome).await.map(drop) })
            })
            .await
        }
        done => done,
    }
}

/// Stores an outcome in a transaction of its own.
async fn store_alone(context: &Context, row: &OutboxRow, outcome: &Outcome) -> Result<(), AppError> {
    run_tx(&context.pool, "outbox_record", |conn, _| Box::pin(store(context, conn, row, outcome))).await
}

pub(super) fn is_offer(row: &OutboxRow) -> bool {
    row.template == MessageKind::SpotAvailable.as_str()
}

/// RULES §2: the first attempt failed and a later one was accepted, so the deadline is moved, under the lock of the
/// class; not where another guardian has the message already.
async fn delivered_late(
    context: &Context,
    row: &OutboxRow,
    outcome: &Outcome,
    accepted_at: Instant,
) -> Result<(), AppError> {
    let session = match row.waitlist_id {
        Some(entry) => store::waitlist_session(&context.pool, entry).await?,
        None => None,
    };
    let (Some(entry), Some(notification), Some(session)) = (row.waitlist_id, row.notification_id, session)
    else {
        return store_alone(context, row, outcome).await;
    };
    let work = context.run_on_class(session, "outbox_late", |conn, tx| {
        Box::pin(async move {
            if let Some((mut locked, _)) = Locked::lock(context, conn, tx.locks(), session).await? {
                let (facts, _) = entry_by_id(conn, &mut locked, entry).await?;
                let round = store::waitlist_notification_round(conn, notification).await?;
                let is_told = store::outbox_is_accepted_elsewhere(&mut *conn, row).await?;
                if !is_told && facts.status == EntryStatus::Notified && i64::from(facts.round) == round {
                    let command = Command::Delivered { ticket: facts.ticket, accepted_at };
                    locked.run(context, conn, &[], &command, accepted_at).await?;
                }
            }
            store(context, conn, row, outcome).await
        })
    });
    work.await
}

/// Stores an outcome in its row of the outbox; `false` if its lease was lost.
async fn store_outcome(conn: &mut Conn, row: &OutboxRow, outcome: &Outcome) -> Result<bool, AppError> {
    let (status, not_before, error, sent_at) = match outcome {
        Outcome::Delivered { accepted_at } => (OutboxStatus::Sent, row.not_before, None, Some(*accepted_at)),
        Outcome::Undeliverable { why } => {
            (OutboxStatus::Undeliverable, row.not_before, Some(why.as_str()), None)
        }
        Outcome::Failed { why } => (OutboxStatus::Failed, row.not_before, Some(why.as_str()), None),
        Outcome::Cancelled { why } => (OutboxStatus::Cancelled, row.not_before, Some(*why), None),
        Outcome::Retry { at, why } => (OutboxStatus::Pending, *at, Some(why.as_str()), None),
        Outcome::Released => (OutboxStatus::Pending, row.not_before, None, None),
    };
    let attempted = !matches!(outcome, Outcome::Released);
    let stored = OutboxOutcome { status, not_before, error, sent_at, attempted };
    let is_stored = store::outbox_record(conn, row, &stored).await?;
    if !is_stored {
        tracing::warn!(
            message = row.id,
            outcome = outcome.as_str(),
            "the lease was lost before the outcome was stored"
        );
    }
    Ok(is_stored)
}

/// Stores an outcome in its row of the outbox and in what the message reports.
async fn store(
    context: &Context,
    conn: &mut Conn,
    row: &OutboxRow,
    outcome: &Outcome,
) -> Result<(), AppError> {
    if !store_outcome(conn, row, outcome).await? {
        return Ok(());
    }
    let delivery = match outcome {
        Outcome::Delivered { .. } => Delivery::Delivered,
        Outcome::Undeliverable { .. } => Delivery::Undeliverable,
        Outcome::Failed { .. } | Outcome::Cancelled { .. } => Delivery::Failed,
        Outcome::Retry { .. } | Outcome::Released => return Ok(()),
    };
    match (&row.message_uuid, row.notification_id) {
        (Some(uuid), notification) => settle(conn, uuid, notification).await?,
        (None, Some(notification)) => {
            let before = Delivery::Pending;
            store::waitlist_notification_set_delivery(conn, notification, before, delivery).await?;
        }
        (None, None) => {}
    }
    if let Outcome::Delivered { accepted_at } = outcome {
        let waited = accepted_at.millis_since(row.created_at);
        on_commit(move || metrics::histogram!("gym_message_accepted_seconds").record(seconds(waited)));
    }
    if let Some(template) = context.messenger.template_id(&row.template) {
        match outcome {
            Outcome::Delivered { .. } => {
                store::subscription_grant_spend(conn, row.account_id, template).await?;
            }
            Outcome::Undeliverable { .. } => {
                store::subscription_grant_void(conn, row.account_id, template).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes what became of a message, and of its notification: the best of its deliveries so far.
pub(super) async fn settle(
    conn: &mut Conn,
    message: &str,
    notification: Option<NotificationId>,
) -> Result<(), AppError> {
    let Some(before) = store::message_lock(conn, message).await?.and_then(MessageDelivery::by_phone) else {
        return Ok(());
    };
    let best = Delivery::best(store::outbox_list_deliveries(&mut *conn, message).await?);
    if best == before {
        return Ok(());
    }
    if let Some(notification) = notification {
        store::waitlist_notification_set_delivery(conn, notification, before, best).await?;
    }
    Ok(store::message_set_delivery(conn, message, before.into(), best.into()).await?)
}

#[allow(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 ms")]
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1000.0
}
