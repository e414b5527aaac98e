//! The one way to write: a named transaction, retried as a whole when the database asks for that.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use sqlx::Connection;
use sqlx::mysql::MySqlPool;
use tokio::time::Instant;

use super::LOCK_WAIT_SECONDS;
use crate::error::AppError;
use crate::store::{Conn, Unlocked, server_error};

/// Begins a transaction in one round trip. The isolation is named here, whatever the session's is by now.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION";

/// What the work of a transaction is given beside its connection: the right to lock classes and profiles, once. It also
/// lets the work borrow from around it, by its mention of `'env: 'c`, as the scope of `std::thread::scope` does.
pub struct Scope<'c, 'env: 'c>(Unlocked, PhantomData<&'c mut &'env ()>);

impl Scope<'_, '_> {
    /// The locks of the transaction: none yet.
    pub fn locks(self) -> Unlocked {
        self.0
    }

    /// The same for other work in the transaction, which borrows from elsewhere.
    pub fn renew<'c, 'env: 'c>(self) -> Scope<'c, 'env> {
        Scope(self.0, PhantomData)
    }
}

/// What the work of a transaction is: `|conn, tx| Box::pin(async move { … })`. Boxed, because the compiler cannot
/// yet see that an async closure's future over a borrowed connection is `Send` (rust-lang/rust#100013).
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send + 'c>>;

type Afterwards = Vec<Box<dyn FnOnce() + Send>>;

tokio::task_local! {
    /// What the transaction under way leaves to be done once it is committed.
    static AFTERWARDS: RefCell<Afterwards>;
}

/// Does `this` once the transaction that the caller works in has committed; drops it if the transaction is rolled
/// back, or if there is none. For metrics and the like: it cannot fail, and is quick.
pub fn on_commit(this: impl FnOnce() + Send + 'static) {
    // Outside a transaction there is nothing that could commit.
    let _ = AFTERWARDS.try_with(|afterwards| afterwards.borrow_mut().push(Box::new(this)));
}

/// How long a transaction may take with all its attempts, and what is asked before it begins.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// When it must have ended; `None`: nobody waits for it.
    pub until: Option<Instant>,
    /// Attempts after the first.
    pub retries: usize,
    /// Asked right before each BEGIN.
    pub begin: &'a (dyn Fn() -> Result<(), AppError> + Sync),
}

impl Terms<'_> {
    /// For work that no request waits for.
    pub const OF_SWEEPS: Self = Self { until: None, retries: 8, begin: &|| Ok(()) };

    /// For a request that waits until `until`.
    pub const fn of_request(until: Option<Instant>) -> Self {
        Self { until, retries: REQUEST_RETRIES, begin: &|| Ok(()) }
    }
}

/// Attempts after the first for a request that waits.
pub(crate) const REQUEST_RETRIES: usize = 3;

/// Where an attempt failed.
enum Failure {
    /// On BEGIN: nothing was begun.
    Before(AppError),
    /// Before that, for want of a connection, or after it: nothing took effect.
    During(AppError),
    /// The server was asked to commit and did not say what became of it.
    Commit(String),
}

/// A transaction is not run again unless this much of its time is left: as long as a statement waits for a lock.
fn worth_another() -> Duration {
    Duration::from_secs(LOCK_WAIT_SECONDS.into())
}

/// [`run_tx_on`] for work that no request waits for.
///
/// # Errors
/// As [`run_tx_on`].
pub async fn run_tx<'env, T, F>(pool: &MySqlPool, name: &'static str, work: F) -> Result<T, AppError>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    run_tx_on(pool, name, Terms::OF_SWEEPS, work).await
}

/// Runs `work` in one READ COMMITTED transaction and commits if it answers `Ok`; any error rolls back and is
/// handed on. What [`server_error::is_retryable`] names (a deadlock, say) rolls back and runs `work` again from the
/// start, as often and as long as the terms allow, with jitter: `work` must therefore have no effect outside its
/// connection, but for what it leaves to [`on_commit`]. A connection that turns out to be lost before anything began is
/// replaced once.
///
/// `name` labels logs and the metrics `gym_tx_total` and `gym_tx_retries_total`.
///
/// # Errors
/// What `work` answered, or the database's own error; [`AppError::OutcomeUnknown`] if the server did not say what became
/// of the COMMIT.
pub async fn run_tx_on<'env, T, F>(
    pool: &MySqlPool,
    name: &'static str,
    terms: Terms<'_>,
    work: F,
) -> Result<T, AppError>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let mut delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(400))
        .with_max_times(terms.retries)
        .with_jitter()
        .build();
    let mut may_reconnect = true;
    loop {
        let (error, delay) = match attempt(pool, terms, &work).await {
            Ok(value) => {
                metrics::counter!("gym_tx_total", "tx" => name, "outcome" => "committed").increment(1);
                return Ok(value);
            }
            Err(Failure::Commit(why)) => {
                metrics::counter!("gym_tx_total", "tx" => name, "outcome" => "unknown").increment(1);
                return Err(AppError::OutcomeUnknown { has_key: false, why });
            }
            Err(Failure::Before(error)) if error.is_away() && std::mem::take(&mut may_reconnect) => {
                (error, Some(Duration::ZERO))
            }
            Err(Failure::Before(error) | Failure::During(error)) => {
                let again = error.database().is_some_and(server_error::is_retryable);
                (error, if again { delays.next() } else { None })
            }
        };
        match delay.filter(|delay| {
            terms.until.is_none_or(|until| Instant::now() + *delay + worth_another() <= until)
        }) {
            Some(delay) => {
                metrics::counter!("gym_tx_retries_total", "tx" => name).increment(1);
                tracing::debug!(tx = name, %error, "transaction is retried");
                tokio::time::sleep(delay).await;
            }
            None => {
                metrics::counter!("gym_tx_total", "tx" => name, "outcome" => "rolled_back").increment(1);
                return Err(error);
            }
        }
    }
}

async fn attempt<'env, T, F>(pool: &MySqlPool, terms: Terms<'_>, work: &F) -> Result<T, Failure>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let conn = in_time(terms.until, pool.acquire()).await.map_err(Failure::During)?;
    let mut conn = conn.map_err(|error| Failure::During(error.into()))?;
    (terms.begin)().map_err(Failure::During)?;
    let done = attempt_on(&mut conn, terms.until, work).await;
    // Whatever is still under way on it ends with the connection.
    let spoiled = match &done {
        Ok(_) => false,
        Err(Failure::Commit(_) | Failure::During(AppError::Unavailable(_))) => true,
        Err(Failure::Before(error) | Failure::During(error)) => {
            error.database().is_some_and(server_error::spoils_connection)
        }
    };
    if spoiled {
        conn.close_on_drop();
    }
    done
}

async fn attempt_on<'env, T, F>(conn: &mut Conn, until: Option<Instant>, work: &F) -> Result<T, Failure>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let begun = in_time(until, conn.begin_with(BEGIN)).await.map_err(Failure::During)?;
    let mut tx = begun.map_err(|error| Failure::Before(error.into()))?;
    let afterwards = RefCell::default();
    let scope = Scope(Unlocked::of(&tx), PhantomData);
    let working = AFTERWARDS.scope(afterwards, async {
        let done = in_time(until, work(&mut tx, scope)).await;
        (done, AFTERWARDS.with(RefCell::take))
    });
    let (done, afterwards) = working.await;
    match done {
        Ok(Ok(value)) => {
            let committed = in_time(until, tx.commit()).await;
            match committed.map(|committed| committed.map_err(AppError::from)) {
                Ok(Ok(())) => {
                    afterwards.into_iter().for_each(|this| this());
                    Ok(value)
                }
                Ok(Err(error)) if error.database().is_none_or(server_error::leaves_commit_unknown) => {
                    Err(Failure::Commit(error.to_string()))
                }
                Ok(Err(error)) => Err(Failure::During(error)),
                Err(late) => Err(Failure::Commit(late.to_string())),
            }
        }
        // The connection is closed, and the server rolls back.
        Err(late) => Err(Failure::During(late)),
        Ok(Err(error)) => {
            // 1205 undoes one statement only: the transaction still holds its locks until it is rolled back.
            // If even that fails, the connection is broken and the server rolls back by itself.
            if let Err(e) = tx.rollback().await {
                tracing::warn!(error = %e, "rollback failed");
            }
            Err(Failure::During(error))
        }
    }
}

/// What `work` gives, unless its time runs out.
async fn in_time<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Result<T, AppError> {
    match until {
        None => Ok(work.await),
        Some(until) => tokio::time::timeout_at(until, work)
            .await
            .map_err(|_| AppError::Unavailable("the transaction took too long")),
    }
}
