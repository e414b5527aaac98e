//! What is kept for a while, and how long.

use super::Counts;
use crate::App;
use crate::error::AppError;
use crate::service::sweep_runner::Stop;
use chrono::{DateTime, TimeDelta, Utc};
use logic::Instant;

/// One delete's rows: short transactions.
const BATCH: u32 = 1000;

/// What is counted as what, how long it is kept in service time, and the delete: bound with until when, and how many.
const KEPT: [(&str, TimeDelta, &str); 3] = [
    (
        "purged_keys",
        TimeDelta::hours(24),
        "DELETE FROM idempotency_key WHERE created_at < ? ORDER BY created_at LIMIT ?",
    ),
    (
        "purged_messages",
        TimeDelta::days(30),
        "DELETE FROM outbox WHERE created_at < ? AND status <> 'pending' ORDER BY created_at, id LIMIT ?",
    ),
    (
        "purged_runs",
        TimeDelta::days(7),
        "DELETE FROM sweep_run WHERE started_at < ? ORDER BY started_at LIMIT ?",
    ),
];

pub(super) async fn purge(app: &App, now: Instant, stop: &Stop) -> Result<Counts, AppError> {
    let mut counts = Counts::new();
    for (what, kept, delete) in KEPT {
        let until = DateTime::<Utc>::from(now) - kept;
        let mut gone = 0;
        while !stop.is_set() {
            let batch = sqlx::query(delete).bind(until).bind(BATCH).execute(&app.pool).await?.rows_affected();
            gone += batch;
            if batch < u64::from(BATCH) {
                break;
            }
        }
        counts.insert(what, gone);
    }
    Ok(counts)
}
