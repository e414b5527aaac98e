//! Working through what is due, row by row: in the order of the due times, a few at once, each in a transaction of
//! its own. What cannot be done is set aside with its error and tried again later, so that the rest goes on.

use crate::App;
use crate::error::AppError;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use logic::{Instant, Policy};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use tokio::sync::watch;

/// Rows that are looked up at once: few queries, little memory, and a stop is soon noticed.
const BATCH: u32 = 100;
/// Rows that are worked on at once. Each takes a connection: most of the pool stays for requests.
const AT_ONCE: usize = 8;
/// How long a row is set aside after its first failure; doubled with each one after.
const FIRST_SETBACK: TimeDelta = TimeDelta::seconds(10);
/// The longest that a row is set aside.
const LONGEST_SETBACK: TimeDelta = TimeDelta::hours(1);
/// What `sweep_setback.error` and `sweep_run.error` hold.
pub const MAX_ERROR: usize = 500;

/// Whether the program was asked to stop: long work leaves off at the next row.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Set when `told` turns true.
    pub const fn new(told: watch::Receiver<bool>) -> Self {
        Self(told)
    }

    /// Never set.
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it is set.
    pub async fn wait(&self) {
        if self.0.clone().wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A kind of work that falls due.
pub struct Task {
    /// Its name in metrics, `sweep_run` and `sweep_setback`.
    pub name: &'static str,
    /// The times of the rows that are due at an instant: see [`until_now`].
    pub when: fn(Instant, &Policy) -> RangeInclusive<Instant>,
    /// Due rows behind a place in the order, `(time, id)`: bound with the last time that is due, the place's time
    /// twice, its id, and how many.
    pub due: &'static str,
    /// Whether a row's time says how late its work is. It does not where rows are looked at again and again.
    pub tells_lag: bool,
}

/// Whatever fell due before `now`, or does at it.
pub fn until_now(now: Instant, _: &Policy) -> RangeInclusive<Instant> {
    // TIMESTAMP columns begin after the epoch.
    Instant::clamped(1_000)..=now
}

/// Does `work` for every row that is due at `now`, until `done` has used up `limit`: it is told of each success and
/// says what that used. Two at once do no harm if `work` looks again under its lock.
///
/// # Errors
/// The database's, if it is away; the failure of a single row is not an error.
pub async fn work_through<'a, T: Send>(
    app: &'a App,
    task: &'static Task,
    limit: u32,
    now: Instant,
    stop: &Stop,
    work: impl Fn(i64) -> BoxFuture<'a, Result<T, AppError>> + Sync,
    mut done: impl FnMut(T) -> u32 + Send,
) -> Result<u64, AppError> {
    let mut setbacks = Setbacks::load(app, task.name).await?;
    let mut set_aside = 0;
    let mut used: u32 = 0;
    let (from, until) = (task.when)(now, &app.policy).into_inner();
    let mut after = (DateTime::<Utc>::from(from), 0);
    let mut first = true;
    while used < limit && !stop.is_set() {
        let rows = due(app, task, after, until).await?;
        if std::mem::take(&mut first) && task.tells_lag {
            lag(task.name, rows.first().map_or(0, |(due, _)| until.millis() - due.timestamp_millis()));
        }
        let Some(last) = rows.last() else {
            setbacks.forget_what_is_no_longer_due(app, now).await?;
            break;
        };
        after = *last;
        let ids: Vec<i64> =
            rows.into_iter().map(|(_, id)| id).filter(|id| !setbacks.waits(*id, now)).collect();
        let mut ids = ids.into_iter();
        while used < limit && !stop.is_set() {
            let chunk: Vec<i64> = ids
                .by_ref()
                .take(usize::try_from(limit - used).unwrap_or(usize::MAX))
                .take(AT_ONCE * 4)
                .collect();
            if chunk.is_empty() {
                break;
            }
            let results: Vec<(i64, Result<T, AppError>)> = stream::iter(chunk)
                .map(|id| {
                    let worked = AssertUnwindSafe(work(id)).catch_unwind();
                    async move { (id, worked.await.unwrap_or_else(|_| Err(panicked()))) }
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            for (id, result) in results {
                match result {
                    Ok(value) => {
                        used = used.saturating_add(done(value));
                        setbacks.clear(app, id).await?;
                    }
                    Err(error) if error.is_away() => return Err(error),
                    Err(error) => {
                        set_aside += 1;
                        setbacks.add(app, id, &error, now).await?;
                    }
                }
            }
        }
    }
    Ok(set_aside)
}

async fn due(
    app: &App,
    task: &Task,
    after: (DateTime<Utc>, i64),
    until: Instant,
) -> Result<Vec<(DateTime<Utc>, i64)>, sqlx::Error> {
    sqlx::query_as(task.due)
        .bind(DateTime::<Utc>::from(until))
        .bind(after.0)
        .bind(after.0)
        .bind(after.1)
        .bind(BATCH)
        .fetch_all(&app.pool)
        .await
}

/// How far behind its due time the first row is.
#[allow(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 ms")]
pub(crate) fn lag(task: &'static str, millis: i64) {
    metrics::gauge!("gym_sweep_lag_seconds", "sweep" => task).set(millis.max(0) as f64 / 1000.0);
}

fn panicked() -> AppError {
    AppError::Internal(anyhow::anyhow!("it panicked"))
}

/// What was set aside of one task: few rows, or none.
struct Setbacks {
    task: &'static str,
    rows: HashMap<i64, (u32, Instant)>,
}

impl Setbacks {
    async fn load(app: &App, task: &'static str) -> Result<Self, AppError> {
        let rows: Vec<(i64, u32, DateTime<Utc>)> =
            sqlx::query_as("SELECT subject_id, failures, retry_at FROM sweep_setback WHERE task = ?")
                .bind(task)
                .fetch_all(&app.pool)
                .await?;
        let rows = rows.into_iter().map(|(id, failures, at)| (id, (failures, at.into()))).collect();
        Ok(Self { task, rows })
    }

    fn waits(&self, id: i64, now: Instant) -> bool {
        self.rows.get(&id).is_some_and(|(_, retry_at)| *retry_at > now)
    }

    async fn clear(&mut self, app: &App, id: i64) -> Result<(), AppError> {
        if self.rows.remove(&id).is_some() {
            sqlx::query("DELETE FROM sweep_setback WHERE task = ? AND subject_id = ?")
                .bind(self.task)
                .bind(id)
                .execute(&app.pool)
                .await?;
        }
        Ok(())
    }

    /// After a run to the end: whatever could have been tried again and was not, is not due any more.
    async fn forget_what_is_no_longer_due(&mut self, app: &App, now: Instant) -> Result<(), AppError> {
        let gone: Vec<i64> = self.rows.keys().copied().filter(|id| !self.waits(*id, now)).collect();
        for id in gone {
            self.clear(app, id).await?;
        }
        Ok(())
    }

    async fn add(&mut self, app: &App, id: i64, error: &AppError, now: Instant) -> Result<(), AppError> {
        let failures = self.rows.get(&id).map_or(1, |(failures, _)| failures.saturating_add(1));
        let doubled = FIRST_SETBACK * (1 << (failures - 1).min(16));
        let retry_at = DateTime::<Utc>::from(now) + doubled.min(LONGEST_SETBACK);
        tracing::error!(sweep = self.task, subject = id, failures, %error, "set aside");
        self.rows.insert(id, (failures, retry_at.into()));
        sqlx::query(
            "INSERT INTO sweep_setback (task, subject_id, failures, retry_at, error) VALUES (?, ?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE failures = VALUES(failures), retry_at = VALUES(retry_at), \
             error = VALUES(error)",
        )
        .bind(self.task)
        .bind(id)
        .bind(failures)
        .bind(retry_at)
        .bind(shorten(&error.to_string()))
        .execute(&app.pool)
        .await?;
        Ok(())
    }
}

/// Cuts an error to what its column holds.
pub fn shorten(text: &str) -> String {
    text.chars().take(MAX_ERROR).collect()
}
