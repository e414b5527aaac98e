//! The sweep over sessions that nobody touched: overdue offers, due offers, lists to close (RULES §2).

use super::audit;
use super::queue::touch;
use crate::App;
use crate::auth::Caller;
use crate::db::run_tx;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::api::Swept;
use logic::session::{Command, Event};
use serde_json::json;

/// Sessions that are claimed at once: short enough to notice a stop, long enough to be few queries.
const BATCH: u32 = 100;

/// Looks at every session that is due at `now`, the longest overdue first, until it has looked at `limit`
/// offers. Two sweeps at once do no harm: each session is settled under its row's lock, and the second finds
/// nothing left to do.
///
/// # Errors
/// The database's, once no session of a batch could be settled. One session that cannot be settled is logged
/// and passed over, so that it does not keep the others waiting.
pub async fn process(app: &App, limit: u32, now: Instant) -> Result<Swept, AppError> {
    let mut swept = Swept { expired: 0, promoted: 0, closed: 0, released: 0 };
    let mut looked_at: u32 = 0;
    let mut after = (Instant::clamped(i64::MIN), 0_i64);
    while looked_at < limit {
        let due = due(app, after, now).await?;
        let Some(last) = due.last() else { break };
        after = (last.0.into(), last.1);
        let mut settled = 0;
        let mut failure = None;
        for (_, session) in &due {
            match touch(app, *session, Command::Close, now).await {
                Ok(events) => {
                    settled += 1;
                    tally(&mut swept, &events);
                    looked_at = looked_at.saturating_add(count_offers(&events).max(1));
                }
                Err(error) => {
                    tracing::error!(session, %error, "a session could not be settled");
                    failure = Some(error);
                }
            }
            if looked_at >= limit {
                break;
            }
        }
        if let (0, Some(error)) = (settled, failure) {
            return Err(error);
        }
    }
    Ok(swept)
}

/// Has the sweep look at every session again that has a queue and is still to start: their due times were worked out
/// under the policy that was in force then.
///
/// # Errors
/// The database's.
pub async fn look_again(app: &App, now: Instant) -> Result<(), AppError> {
    let at = DateTime::<Utc>::from(now);
    run_tx(&app.pool, "look_again", |conn, _| {
        Box::pin(async move {
            sqlx::query(
                "UPDATE class_session SET due_at = ? \
                 WHERE starts_at > ? AND status = 'scheduled' AND (waiting > 0 OR held > 0)",
            )
            .bind(at)
            .bind(at)
            .execute(conn)
            .await?;
            Ok(())
        })
    })
    .await
}

/// The next sessions to look at, in the order of their due times.
async fn due(app: &App, after: (Instant, i64), now: Instant) -> Result<Vec<(DateTime<Utc>, i64)>, AppError> {
    let from =
        DateTime::<Utc>::from(after.0).max(DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::seconds(1));
    Ok(sqlx::query_as(
        "SELECT due_at, id FROM class_session WHERE due_at <= ? AND (due_at > ? OR (due_at = ? AND id > ?)) \
         ORDER BY due_at, id LIMIT ?",
    )
    .bind(DateTime::<Utc>::from(now))
    .bind(from)
    .bind(from)
    .bind(after.1)
    .bind(BATCH)
    .fetch_all(&app.pool)
    .await?)
}

fn tally(swept: &mut Swept, events: &[Event]) {
    for event in events {
        match event {
            Event::Expired { .. } => swept.expired += 1,
            Event::Offered { .. } => swept.promoted += 1,
            Event::ListClosed { entries } => swept.closed += entries,
            Event::Released { seats } => swept.released += seats,
            _ => {}
        }
    }
}

fn count_offers(events: &[Event]) -> u32 {
    let offers = events.iter().filter(|event| matches!(event, Event::Expired { .. })).count();
    u32::try_from(offers).unwrap_or(u32::MAX)
}

/// `POST /waitlist/process-expiry`: [`process`], asked for by staff or the service. It is many transactions, so the
/// audit's row comes before the first.
///
/// # Errors
/// The database's.
pub async fn process_for(app: &App, caller: &Caller, limit: u32, now: Instant) -> Result<Swept, AppError> {
    let mut conn = app.pool.acquire().await?;
    let (action, detail) = ("waitlist.process_expiry", json!({ "limit": limit }));
    audit::staff_did(&mut conn, caller, &Ok(()), action, "waitlist".to_owned(), detail, now).await?;
    drop(conn);
    process(app, limit, now).await
}
