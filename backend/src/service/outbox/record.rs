//! Storing what became of a message.

use super::Outcome;
use super::claim::Row;
use crate::App;
use crate::db::{Conn, on_commit, run_tx};
use crate::error::AppError;
use crate::service::queue::{Locked, entry_by_id};
use crate::service::subscriptions;
use crate::service::sweep_runner::shorten;
use crate::wechat::message::Template;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::session::Command;
use logic::status::{Delivery, EntryStatus};

/// Stores an outcome, if the row's lease is still the claimant's. The message is out, or is not: that is stored even
/// where the offer's deadline cannot be moved.
pub(super) async fn record(app: &App, row: &Row, outcome: &Outcome) -> Result<(), AppError> {
    let late = match outcome {
        Outcome::Delivered { accepted_at } if row.attempts > 1 && is_offer(row) => Some(*accepted_at),
        _ => None,
    };
    if let Some(accepted_at) = late {
        match delivered_late(app, row, outcome, accepted_at).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::error!(message = row.id, %error, "a late delivery's deadline could not be moved");
            }
        }
    }
    run_tx(&app.pool, "outbox_record", |conn, _| Box::pin(store(conn, app, row, outcome))).await
}

pub(super) fn is_offer(row: &Row) -> bool {
    row.template == Template::SpotAvailable.key()
}

/// RULES §2: the first attempt failed and a later one was accepted, so the deadline is moved, under the session's
/// lock.
async fn delivered_late(
    app: &App,
    row: &Row,
    outcome: &Outcome,
    accepted_at: Instant,
) -> Result<(), AppError> {
    let (Some(entry), Some(notification)) = (row.waitlist_id, row.notification_id) else {
        return run_tx(&app.pool, "outbox_record", |conn, _| Box::pin(store(conn, app, row, outcome))).await;
    };
    let session: i64 = sqlx::query_scalar("SELECT session_id FROM waitlist WHERE id = ?")
        .bind(entry)
        .fetch_one(&app.pool)
        .await?;
    run_tx(&app.pool, "outbox_late", |conn, _| {
        Box::pin(async move {
            if let Some(mut locked) = Locked::lock(conn, session, app).await? {
                let (facts, _) = entry_by_id(conn, &mut locked, entry).await?;
                let round: i64 = sqlx::query_scalar(
                    "SELECT CAST(notification_round AS SIGNED) FROM waitlist_notification WHERE id = ?",
                )
                .bind(notification)
                .fetch_one(&mut *conn)
                .await?;
                if facts.status == EntryStatus::Notified && i64::from(facts.round) == round {
                    let command = Command::Delivered { ticket: facts.ticket, accepted_at };
                    locked.run(conn, &command, accepted_at, app).await?;
                }
            }
            store(conn, app, row, outcome).await
        })
    })
    .await
}

async fn store(conn: &mut Conn, app: &App, row: &Row, outcome: &Outcome) -> Result<(), AppError> {
    let (status, not_before, why, sent_at) = match outcome {
        Outcome::Delivered { accepted_at } => {
            ("sent", row.not_before, None, Some(DateTime::<Utc>::from(*accepted_at)))
        }
        Outcome::Undeliverable { why } => ("undeliverable", row.not_before, Some(why.as_str()), None),
        Outcome::Failed { why } => ("failed", row.not_before, Some(why.as_str()), None),
        Outcome::Cancelled { why } => ("cancelled", row.not_before, Some(*why), None),
        Outcome::Retry { at, why } => ("pending", *at, Some(why.as_str()), None),
        Outcome::Released => ("pending", row.not_before, None, None),
    };
    let unused = i32::from(matches!(outcome, Outcome::Released));
    let done = sqlx::query(
        "UPDATE outbox SET status = ?, not_before = ?, last_error = COALESCE(?, last_error), sent_at = ?, \
         attempts = attempts - ?, claim_token = NULL, claimed_until = NULL WHERE id = ? AND claim_token = ?",
    )
    .bind(status)
    .bind(not_before)
    .bind(why.map(shorten))
    .bind(sent_at)
    .bind(unused)
    .bind(row.id)
    .bind(&row.claim_token)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() != 1 {
        tracing::warn!(
            message = row.id,
            outcome = outcome.as_str(),
            "the lease was lost before it was stored"
        );
        return Ok(());
    }
    let delivery = match outcome {
        Outcome::Delivered { .. } => Delivery::Delivered,
        Outcome::Undeliverable { .. } => Delivery::Undeliverable,
        Outcome::Failed { .. } | Outcome::Cancelled { .. } => Delivery::Failed,
        Outcome::Retry { .. } | Outcome::Released => return Ok(()),
    };
    sqlx::query("UPDATE waitlist_notification SET delivery = ? WHERE id = ?")
        .bind(delivery.as_str())
        .bind(row.notification_id)
        .execute(&mut *conn)
        .await?;
    if let Outcome::Delivered { accepted_at } = outcome {
        let waited = accepted_at.millis() - row.created_at.timestamp_millis();
        on_commit(move || metrics::histogram!("gym_message_accepted_seconds").record(seconds(waited)));
    }
    if let Some(template) = app.messenger.template_id(&row.template) {
        match outcome {
            Outcome::Delivered { .. } => subscriptions::spend(conn, row.account_id, template).await?,
            Outcome::Undeliverable { .. } => subscriptions::void(conn, row.account_id, template).await?,
            _ => {}
        }
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 ms")]
fn seconds(millis: i64) -> f64 {
    millis.max(0) as f64 / 1000.0
}
