//! The dispatcher: messages that were written with what they tell of go out, each claimed by a lease. Nothing is
//! sent inside a transaction.
//!
//! While a lease lives, nobody else sends its row; the rows of a dispatcher that died come back when their lease
//! ends. A message may then go out a second time, if the dead one had sent it and could not say so: WeChat has no
//! way to ask.

mod claim;
mod record;

use super::messages::late_offer;
use super::sweep_runner::{Stop, lag};
use crate::App;
use crate::error::AppError;
use crate::wechat::client::SendError;
use crate::wechat::message::Template;
use chrono::{DateTime, TimeDelta, Utc};
use claim::Row;
use futures_util::{StreamExt, stream};
use logic::Instant;
use logic::deadline::may_respond;
use logic::status::EntryStatus;
use serde_json::Value;
use std::collections::BTreeMap;

pub use claim::LEASE;

/// The name of the task, as in metrics.
pub const TASK: &str = "outbox";
/// A row whose lease ends within this is not sent any more: the longest that an attempt takes, refreshing the
/// access token twice included.
const LONGEST_ATTEMPT: TimeDelta = TimeDelta::seconds(30);
/// The shortest wait before the second attempt, doubled with each one after.
const FIRST_BACKOFF: TimeDelta = TimeDelta::seconds(2);
/// The longest wait between two attempts.
const LONGEST_BACKOFF: TimeDelta = TimeDelta::minutes(1);

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// WeChat took it then.
    Delivered { accepted_at: Instant },
    /// It never will.
    Undeliverable { why: String },
    /// No more attempts are made.
    Failed { why: String },
    /// What it tells of is over.
    Cancelled { why: &'static str },
    /// Another attempt is made then.
    Retry { at: DateTime<Utc>, why: String },
    /// Not attempted: the next claim takes it.
    Released,
}

impl Outcome {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Retry { .. } => "retried",
            Self::Released => "released",
        }
    }
}

/// Sends what is due, batch by batch, until nothing is left or the program stops; counts by outcome.
///
/// # Errors
/// The database's. An outcome that cannot be stored is logged: its row comes back when the lease ends.
pub async fn dispatch(app: &App, stop: &Stop) -> Result<BTreeMap<&'static str, u64>, AppError> {
    let mut counts = BTreeMap::new();
    let mut first = true;
    while !stop.is_set() {
        let now = app.clock.now();
        let batch = claim::claim(app, now).await?;
        if std::mem::take(&mut first) {
            let oldest = batch.iter().map(|row| now.millis() - row.not_before.timestamp_millis()).max();
            lag(TASK, oldest.unwrap_or(0));
        }
        if batch.is_empty() {
            break;
        }
        let mut sending = stream::iter(batch)
            .map(|row| async move {
                let outcome = attempt(app, &row, stop).await?;
                record::record(app, &row, &outcome).await?;
                metrics::counter!("gym_messages_total",
                    "template" => row.template.clone(), "outcome" => outcome.as_str())
                .increment(1);
                Ok::<_, AppError>(outcome.as_str())
            })
            .buffer_unordered(app.messenger.concurrency());
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

async fn attempt(app: &App, row: &Row, stop: &Stop) -> Result<Outcome, AppError> {
    tokio::select! {
        biased;
        () = stop.wait() => return Ok(Outcome::Released),
        () = app.messenger.turn() => {}
    }
    let now = app.clock.now();
    let at = DateTime::<Utc>::from(now);
    if at + LONGEST_ATTEMPT > row.claimed_until {
        return Ok(Outcome::Released);
    }
    if let Some(why) = no_longer_wanted(app, row, now).await? {
        return Ok(Outcome::Cancelled { why });
    }
    if at > row.give_up_at {
        return Ok(Outcome::Failed { why: "it was not taken in time".to_owned() });
    }
    let data = said_now(app, row, now).await?.unwrap_or_else(|| row.data.clone());
    let sent = app.messenger.send(&row.openid, &row.template, &row.page, &data).await;
    let now = app.clock.now();
    Ok(match sent {
        Ok(()) => Outcome::Delivered { accepted_at: now },
        Err(why @ SendError::NoConsent) => Outcome::Undeliverable { why: why.to_string() },
        Err(why @ (SendError::Field { .. } | SendError::Refused { .. })) => {
            Outcome::Failed { why: why.to_string() }
        }
        Err(SendError::Later(why)) => {
            let again = DateTime::<Utc>::from(now) + backoff(row.attempts);
            if again > row.give_up_at {
                Outcome::Failed { why: format!("given up: {why}") }
            } else {
                Outcome::Retry { at: again, why }
            }
        }
    })
}

/// An offer that could not be delivered at once, in the words for the deadline that it will have when it is taken now
/// (RULES §2); `None` for what is sent as it was written.
async fn said_now(app: &App, row: &Row, now: Instant) -> Result<Option<Value>, AppError> {
    let (Some(entry), true) = (row.waitlist_id, row.attempts > 1 && record::is_offer(row)) else {
        return Ok(None);
    };
    let message = late_offer(&mut *app.pool.acquire().await?, entry, now, app).await?;
    Ok(message.map(|message| app.messenger.fields(message.template, &message.data)))
}

/// Why a message is not sent any more, if so: an offer that is not open, a place at the front that was left.
async fn no_longer_wanted(app: &App, row: &Row, now: Instant) -> Result<Option<&'static str>, AppError> {
    let Some(notification) = row.notification_id else { return Ok(None) };
    let found: Option<(i32, String, i32, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT n.notification_round, w.status, w.notification_round, w.response_deadline \
         FROM waitlist_notification n JOIN waitlist w ON w.id = n.waitlist_id WHERE n.id = ?",
    )
    .bind(notification)
    .fetch_optional(&app.pool)
    .await?;
    let Some((round, status, current_round, deadline)) = found else {
        return Ok(Some("its entry is gone"));
    };
    let status = EntryStatus::parse(&status);
    Ok(match Template::parse(&row.template) {
        Some(Template::SpotAvailable | Template::ExpiryReminder) => {
            let open = status == Some(EntryStatus::Notified)
                && round == current_round
                && deadline.is_some_and(|deadline| may_respond(deadline.into(), now).is_ok());
            (!open).then_some("the offer is no longer open")
        }
        Some(Template::Front) => {
            (status != Some(EntryStatus::Waiting)).then_some("the entry no longer waits")
        }
        _ => None,
    })
}

/// How long to wait after the attempt of that number: doubled each time, less a random part of up to a half, so that
/// messages that failed together do not come back together.
fn backoff(attempts: i32) -> TimeDelta {
    let doubled = (FIRST_BACKOFF * (1 << (attempts - 1).clamp(0, 16))).min(LONGEST_BACKOFF);
    let millis = doubled.num_milliseconds();
    TimeDelta::milliseconds(rand::random_range(millis / 2..=millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_differ() {
        for (attempts, longest) in
            [(0, 2_000), (1, 2_000), (2, 4_000), (5, 32_000), (6, 60_000), (99, 60_000)]
        {
            let waits: Vec<i64> = (0..50).map(|_| backoff(attempts).num_milliseconds()).collect();
            assert!(waits.iter().all(|wait| (longest / 2..=longest).contains(wait)), "{attempts}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{attempts}: no jitter");
        }
    }

    #[test]
    fn an_attempt_fits_its_lease() {
        assert!(LEASE > LONGEST_ATTEMPT);
    }
}
