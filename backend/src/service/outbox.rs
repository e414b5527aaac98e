//! The outbox dispatcher: sends messages that were stored in the transaction of the change they report, under a lease a
//! row. Nothing is sent inside a transaction.
//!
//! While a lease lives, nobody else sends its row; the rows of a dispatcher that died come back when their lease ends. A
//! message may then go out a second time, if the dead dispatcher had sent it and could not store that: WeChat has no way
//! to ask.

mod claim;
mod outcome;
mod record;

use super::sweep_runner::{Counts, Stop, record_lag};
use super::{Context, messages};
use crate::error::AppError;
use crate::store::{self, Conn, OutboxRow, StoreError};
use crate::wechat::client::SendError;
use futures_util::{StreamExt, stream};
use logic::Instant;
use logic::deadline::may_respond;
use logic::ids::{AccountId, ProfileId};
use logic::status::{EntryStatus, MessageKind};
use serde_json::Value;

use outcome::Outcome;

pub use claim::LEASE_SECONDS;

/// The name of the task, as in metrics.
pub const TASK: &str = "outbox";
/// A row whose lease ends within this is not sent any more: the longest that an attempt takes, refreshing the access
/// token twice included.
const ATTEMPT_MAX_SECONDS: u32 = 30;
/// The shortest wait before the second attempt, doubled with each one after.
const BACKOFF_MIN_MS: i64 = 2_000;
/// The longest wait between two attempts.
const BACKOFF_MAX_MS: i64 = 60_000;

/// Sends what is due, batch by batch, until nothing is left or the program stops; counts by outcome.
/// An outcome that cannot be stored is logged, and its row is sent again when the lease ends.
pub async fn dispatch(context: &Context, stop: &Stop) -> Result<Counts, AppError> {
    let mut counts = Counts::new();
    let mut first = true;
    while !stop.is_set() {
        let now = context.clock.now();
        let batch = claim::claim(context, now).await?;
        if std::mem::take(&mut first) {
            record_lag(TASK, batch.iter().map(|row| now.millis_since(row.not_before)).max().unwrap_or(0));
        }
        if batch.is_empty() {
            break;
        }
        let mut sending = stream::iter(batch)
            .map(|row| async move {
                let outcome = attempt(context, &row, stop).await?;
                record::record(context, &row, &outcome).await?;
                metrics::counter!("gym_messages_total",
                    "template" => row.template.clone(), "outcome" => outcome.as_str())
                .increment(1);
                Ok::<_, AppError>(outcome.as_str())
            })
            .buffer_unordered(context.messenger.concurrency());
        while let Some(done) = sending.next().await {
            match done {
                Ok(outcome) => *counts.entry(outcome).or_insert(0) += 1,
                Err(error) => {
                    tracing::error!(%error, "a message's outcome could not be stored");
                    *counts.entry("set_aside").or_insert(0) += 1;
                }
            }
        }
    }
    counts.remove("released");
    Ok(counts)
}

/// Cancels what is not sent yet to an account about a child, which it is no guardian of any more.
///
/// # Errors
/// The rows cannot be read or written.
pub(super) async fn cancel(conn: &mut Conn, profile: ProfileId, account: AccountId) -> Result<(), AppError> {
    for (id, message, notification) in store::outbox_list_pending_of(conn, profile, account).await? {
        store::outbox_cancel(conn, id, "the account is no guardian of this child any more").await?;
        record::settle(conn, &message, notification).await?;
    }
    Ok(())
}

async fn attempt(context: &Context, row: &OutboxRow, stop: &Stop) -> Result<Outcome, AppError> {
    let _turn = tokio::select! {
        biased;
        () = stop.wait() => return Ok(Outcome::Released),
        turn = context.messenger.turn(&row.openid) => turn,
    };
    if !store::outbox_is_leased(&context.pool, row, ATTEMPT_MAX_SECONDS).await? {
        return Ok(Outcome::Released);
    }
    let now = context.clock.now();
    if let Some(why) = no_longer_wanted(context, row, now).await? {
        return Ok(Outcome::Cancelled { why });
    }
    if now > row.give_up_at {
        return Ok(Outcome::Failed { why: "it was not taken in time".to_owned() });
    }
    let data = late_data(context, row, now).await?.unwrap_or_else(|| row.data.clone());
    let sent = context.messenger.send(&row.openid, &row.template, &row.page, &data).await;
    let now = context.clock.now();
    Ok(match sent {
        Ok(()) => Outcome::Delivered { accepted_at: now },
        Err(why @ SendError::NoConsent) => Outcome::Undeliverable { why: why.to_string() },
        Err(why @ (SendError::Field { .. } | SendError::Refused { .. })) => {
            Outcome::Failed { why: why.to_string() }
        }
        Err(SendError::Later(why)) => {
            let at = Instant::clamped(now.millis() + backoff_ms(row.attempts));
            if at > row.give_up_at {
                Outcome::Failed { why: format!("given up: {why}") }
            } else {
                Outcome::Retry { at, why }
            }
        }
    })
}

/// The fields of an offer that could not be delivered at once, with the deadline that it has if it is accepted now
/// (RULES §2); `None` for a message that is sent as it was written.
async fn late_data(context: &Context, row: &OutboxRow, now: Instant) -> Result<Option<Value>, AppError> {
    let (Some(entry), true) = (row.waitlist_id, row.attempts > 1 && record::is_offer(row)) else {
        return Ok(None);
    };
    let mut conn = context.pool.acquire().await?;
    // Then the deadline stays where it is.
    if store::outbox_is_accepted_elsewhere(&mut *conn, row).await? {
        return Ok(None);
    }
    let message = messages::late_offer(context, &mut conn, entry, now).await?;
    Ok(message.map(|message| context.messenger.fields(message.kind, &message.data)))
}

/// Why a message is not sent any more, if so: an offer that is not open, a place at the head that was left.
async fn no_longer_wanted(
    context: &Context,
    row: &OutboxRow,
    now: Instant,
) -> Result<Option<&'static str>, AppError> {
    if !store::outbox_is_wanted(&context.pool, row).await? {
        return Ok(Some("the account is no longer told about this child"));
    }
    let Some(notification) = row.notification_id else { return Ok(None) };
    let Some(state) = store::waitlist_notification_state(&context.pool, notification).await? else {
        return Ok(Some("its entry is gone"));
    };
    Ok(match MessageKind::parse(&row.template) {
        Some(MessageKind::SpotAvailable | MessageKind::ExpiryReminder) => {
            let no_deadline = || StoreError::unexpected("waitlist", state.entry.0, "a deadline", "none");
            let is_offered = state.status == EntryStatus::Notified && state.round == state.current_round;
            let is_open = is_offered && may_respond(state.deadline.ok_or_else(no_deadline)?, now).is_ok();
            (!is_open).then_some("the offer is no longer open")
        }
        Some(MessageKind::WaitlistFront) => {
            (state.status != EntryStatus::Waiting).then_some("the entry no longer waits")
        }
        _ => None,
    })
}

/// How long to wait after the attempt of that number: doubled each time, less a random part of up to a half, so that
/// messages that failed together do not come back together.
fn backoff_ms(attempts: i32) -> i64 {
    let doubled = (BACKOFF_MIN_MS * (1 << (attempts - 1).clamp(0, 16))).min(BACKOFF_MAX_MS);
    rand::random_range(doubled / 2..=doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_differ() {
        for (attempts, longest) in
            [(0, 2_000), (1, 2_000), (2, 4_000), (5, 32_000), (6, 60_000), (99, 60_000)]
        {
            let waits: Vec<i64> = (0..50).map(|_| backoff_ms(attempts)).collect();
            assert!(waits.iter().all(|wait| (longest / 2..=longest).contains(wait)), "{attempts}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{attempts}: no jitter");
        }
    }

    #[test]
    fn an_attempt_fits_its_lease() {
        const { assert!(LEASE_SECONDS > ATTEMPT_MAX_SECONDS) };
    }
}
