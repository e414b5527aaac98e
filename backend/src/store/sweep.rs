//! Tables `sweep_run` and `sweep_setback`, and the queries by which sweeps find their work.

use super::{Result, sql};
use logic::Instant;
use serde_json::Value;
use sqlx::MySqlExecutor;

/// The most characters that `sweep_run.error`, `sweep_setback.error` and `outbox.last_error` hold.
pub const MAX_ERROR: usize = 500;

/// A query for rows that are due, as `(time, id)` in that order: bound with the last time that is due, the time of the
/// row to start behind, twice, its id, and how many.
#[derive(Clone, Copy, Debug)]
pub struct DueQuery(pub(super) &'static str);

/// Up to `limit` due rows behind `after`, which are due at `until` or before.
pub async fn sweep_list_due(
    db: impl MySqlExecutor<'_>,
    query: DueQuery,
    after: (Instant, i64),
    until: Instant,
    limit: u32,
) -> Result<Vec<(Instant, i64)>> {
    Ok(sqlx::query_as(query.0)
        .bind(until)
        .bind(after.0)
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(db)
        .await?)
}

/// Records what a run of a sweep did, or why it failed.
pub async fn sweep_run_insert(
    db: impl MySqlExecutor<'_>,
    task: &str,
    (started, finished): (Instant, Instant),
    done: std::result::Result<Value, &str>,
) -> Result<()> {
    let (counts, error) = (done.as_ref().ok().map(Value::to_string), done.err());
    sqlx::query(sql!(
        sweep_run_insert,
        "INSERT INTO sweep_run (task, started_at, finished_at, counts, error) VALUES (?, ?, ?, ?, ?)"
    ))
    .bind(task)
    .bind(started)
    .bind(finished)
    .bind(counts)
    .bind(error.map(shorten))
    .execute(db)
    .await?;
    Ok(())
}

/// A query that deletes rows older than an instant: bound with that, and how many.
#[derive(Clone, Copy, Debug)]
pub struct PurgeQuery(pub(super) &'static str);

/// Deletes up to `limit` rows that are older than `before`. Returns how many.
pub async fn sweep_purge(
    db: impl MySqlExecutor<'_>,
    query: PurgeQuery,
    before: Instant,
    limit: u32,
) -> Result<u64> {
    Ok(sqlx::query(query.0).bind(before).bind(limit).execute(db).await?.rows_affected())
}

/// Runs of sweeps, by when they started.
pub const SWEEP_RUN_PURGE: PurgeQuery = PurgeQuery(sql!(
    sweep_run_purge,
    "DELETE FROM sweep_run WHERE started_at < ? ORDER BY started_at LIMIT ?"
));

/// The rows of a sweep that are set aside: their ids, how often they failed in a row, and when they are tried again.
pub async fn sweep_setback_list(db: impl MySqlExecutor<'_>, task: &str) -> Result<Vec<(i64, u32, Instant)>> {
    let statement =
        sql!(sweep_setback_list, "SELECT subject_id, failures, retry_at FROM sweep_setback WHERE task = ?");
    Ok(sqlx::query_as(statement).bind(task).fetch_all(db).await?)
}

/// How many rows are set aside.
pub async fn sweep_setback_count(db: impl MySqlExecutor<'_>) -> Result<i64> {
    Ok(sqlx::query_scalar(sql!(sweep_setback_count, "SELECT COUNT(*) FROM sweep_setback"))
        .fetch_one(db)
        .await?)
}

/// Sets a row aside until `retry_at`.
pub async fn sweep_setback_upsert(
    db: impl MySqlExecutor<'_>,
    task: &str,
    id: i64,
    failures: u32,
    retry_at: Instant,
    error: &str,
) -> Result<()> {
    sqlx::query(sql!(
        sweep_setback_upsert,
        "INSERT INTO sweep_setback (task, subject_id, failures, retry_at, error) VALUES (?, ?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE failures = VALUES(failures), retry_at = VALUES(retry_at), \
         error = VALUES(error)"
    ))
    .bind(task)
    .bind(id)
    .bind(failures)
    .bind(retry_at)
    .bind(shorten(error))
    .execute(db)
    .await?;
    Ok(())
}

/// Clears the setback of a row.
pub async fn sweep_setback_delete(db: impl MySqlExecutor<'_>, task: &str, id: i64) -> Result<()> {
    let statement = sql!(sweep_setback_delete, "DELETE FROM sweep_setback WHERE task = ? AND subject_id = ?");
    sqlx::query(statement).bind(task).bind(id).execute(db).await?;
    Ok(())
}

/// Cuts an error to what its column holds.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(MAX_ERROR).collect()
}
