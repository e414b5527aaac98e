//! Works through what is due, row by row: in the order of the due times, a few rows at once, each in a transaction of
//! its own. A row that fails is set aside with its error and tried again later, so that the rest goes on.

use super::Context;
use super::policies::CurrentPolicy;
use crate::error::{AppError, catch_panic};
use crate::store::{self, DueQuery};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use logic::{Instant, Minutes};
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::sync::watch;

/// Rows of one query: few queries, little memory, and a stop is soon noticed.
const ROWS_READ_MAX: u32 = 100;
/// Rows of one sweep that are worked on at once. Each takes a connection of the pool.
const ROWS_AT_ONCE: usize = 8;
/// How long a row is set aside after its first failure, in milliseconds; doubled with each failure after.
const ASIDE_MIN_MS: i64 = 10_000;
/// The longest that a row is set aside.
const ASIDE_MAX: Minutes = Minutes(60);

/// No part of a request of several transactions is begun when less than this is left of its time.
pub(crate) const LAST_PART: Duration = Duration::from_secs(1);

/// Whether the program was asked to stop: long work ends at the next row.
#[derive(Clone, Debug)]
pub struct Stop {
    signal: watch::Receiver<bool>,
    at: Option<tokio::time::Instant>,
}

impl Stop {
    /// Set when `signal` turns true.
    pub const fn new(signal: watch::Receiver<bool>) -> Self {
        Self { signal, at: None }
    }

    /// Never set.
    pub fn never() -> Self {
        Self::new(watch::channel(false).1)
    }

    /// Set when less than a part of its work may take is left of a request that ends at `until`.
    pub fn before_end(until: tokio::time::Instant) -> Self {
        Self { at: Some(until - LAST_PART), ..Self::never() }
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        *self.signal.borrow() || self.at.is_some_and(|at| at <= tokio::time::Instant::now())
    }

    /// Resolves when it is set.
    pub async fn wait(&self) {
        if self.signal.clone().wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What a sweep did, by name.
pub type Counts = BTreeMap<&'static str, u64>;

/// A kind of work that falls due.
pub struct Task {
    /// Its name in metrics, `sweep_run` and `sweep_setback`.
    pub name: &'static str,
    /// The due times of the rows that are due at an instant: see [`until_now`].
    pub when: fn(Instant, &CurrentPolicy) -> RangeInclusive<Instant>,
    /// The rows.
    pub due: DueQuery,
    /// Whether a row's time says how late its work is. It does not where rows are looked at again and again.
    pub tells_lag: bool,
}

/// Whatever fell due before `now`, or does at it.
pub fn until_now(now: Instant, _: &CurrentPolicy) -> RangeInclusive<Instant> {
    Instant::clamped(0)..=now
}

/// Does `work` for every row that is due at `now`, until `done` has used up `limit`: `done` is given each result and
/// returns how much of the limit it used. Two runs at once do no harm if `work` checks again under its lock. Returns how
/// many rows were set aside.
pub async fn work_through<'a, T: Send>(
    context: &'a Context,
    task: &'static Task,
    limit: u32,
    now: Instant,
    stop: &Stop,
    work: impl Fn(i64) -> BoxFuture<'a, Result<T, AppError>> + Sync,
    mut done: impl FnMut(T) -> u32 + Send,
) -> Result<u64, AppError> {
    let mut setbacks = Setbacks::load(context, task.name).await?;
    let mut failed = 0;
    let mut used: u32 = 0;
    let (from, until) = (task.when)(now, &context.policies.current(&context.pool, now).await?).into_inner();
    let mut after = (from, 0);
    let mut first = true;
    while used < limit && !stop.is_set() {
        let rows = store::sweep_list_due(&context.pool, task.due, after, until, ROWS_READ_MAX).await?;
        if std::mem::take(&mut first) && task.tells_lag {
            record_lag(task.name, rows.first().map_or(0, |(due, _)| until.millis_since(*due)));
        }
        let Some(last) = rows.last() else {
            setbacks.forget_what_is_no_longer_due(context, now).await?;
            break;
        };
        after = *last;
        let ids: Vec<i64> =
            rows.into_iter().map(|(_, id)| id).filter(|id| !setbacks.hold(*id, now)).collect();
        let mut ids = ids.into_iter();
        while used < limit && !stop.is_set() {
            let chunk: Vec<i64> = ids
                .by_ref()
                .take(usize::try_from(limit - used).unwrap_or(usize::MAX))
                .take(ROWS_AT_ONCE * 4)
                .collect();
            if chunk.is_empty() {
                break;
            }
            let results: Vec<(i64, Result<T, AppError>)> = stream::iter(chunk)
                .map(|id| {
                    let worked = catch_panic(work(id));
                    async move { (id, worked.await) }
                })
                .buffer_unordered(ROWS_AT_ONCE)
                .collect()
                .await;
            for (id, result) in results {
                match result {
                    Ok(value) => {
                        used = used.saturating_add(done(value));
                        setbacks.clear(context, id).await?;
                    }
                    Err(error) if error.is_away() => return Err(error),
                    Err(error) => {
                        failed += 1;
                        setbacks.add(context, id, &error, now).await?;
                    }
                }
            }
        }
    }
    Ok(failed)
}

/// Records how far behind its due time the first row is.
#[allow(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 ms")]
pub(super) fn record_lag(task: &'static str, millis: i64) {
    metrics::gauge!("gym_sweep_lag_seconds", "sweep" => task).set(millis.max(0) as f64 / 1000.0);
}

/// The rows of one task that are set aside: few, or none. For each, how often it failed in a row and when it is tried
/// again.
struct Setbacks {
    task: &'static str,
    rows: HashMap<i64, (u32, Instant)>,
}

impl Setbacks {
    async fn load(context: &Context, task: &'static str) -> Result<Self, AppError> {
        let rows = store::sweep_setback_list(&context.pool, task).await?;
        Ok(Self { task, rows: rows.into_iter().map(|(id, failures, at)| (id, (failures, at))).collect() })
    }

    fn hold(&self, id: i64, now: Instant) -> bool {
        self.rows.get(&id).is_some_and(|(_, retry_at)| *retry_at > now)
    }

    async fn clear(&mut self, context: &Context, id: i64) -> Result<(), AppError> {
        if self.rows.remove(&id).is_some() {
            store::sweep_setback_delete(&context.pool, self.task, id).await?;
        }
        Ok(())
    }

    /// After a run to the end: a row that could have been tried again and was not is not due any more.
    async fn forget_what_is_no_longer_due(
        &mut self,
        context: &Context,
        now: Instant,
    ) -> Result<(), AppError> {
        let gone: Vec<i64> = self.rows.keys().copied().filter(|id| !self.hold(*id, now)).collect();
        for id in gone {
            self.clear(context, id).await?;
        }
        Ok(())
    }

    async fn add(
        &mut self,
        context: &Context,
        id: i64,
        error: &AppError,
        now: Instant,
    ) -> Result<(), AppError> {
        let failures = self.rows.get(&id).map_or(1, |(failures, _)| failures.saturating_add(1));
        let doubled = ASIDE_MIN_MS * (1 << (failures - 1).min(16));
        let retry_at = Instant::clamped(now.millis() + doubled.min(ASIDE_MAX.millis()));
        tracing::error!(sweep = self.task, subject = id, failures, %error, "a row is set aside");
        self.rows.insert(id, (failures, retry_at));
        let error = error.to_string();
        store::sweep_setback_upsert(&context.pool, self.task, id, failures, retry_at, &error).await?;
        Ok(())
    }
}
