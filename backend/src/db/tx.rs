//! The one way to write: a named transaction, retried as a whole when the database asks for that.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use sqlx::Connection;
use sqlx::mysql::MySqlPool;

use crate::error::AppError;
use crate::store::{Conn, Unlocked, server_error};

/// Begins a transaction in one round trip. The isolation is named here, whatever the session's is by now.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION";

/// Attempts after the first.
const RETRIES: usize = 8;

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

/// Runs `work` in one READ COMMITTED transaction and commits if it answers `Ok`; any error rolls back and is
/// handed on. What [`server_error::is_retryable`] names (a deadlock, say) rolls back and runs `work` again from the
/// start, a bounded number of times with jitter: `work` must therefore have no effect outside its connection, but for
/// what it leaves to [`on_commit`].
///
/// `name` labels logs and the metrics `gym_tx_total` and `gym_tx_retries_total`.
///
/// # Errors
/// What `work` answered, or the database's own error.
pub async fn run_tx<'env, T, F>(pool: &MySqlPool, name: &'static str, work: F) -> Result<T, AppError>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let mut delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(400))
        .with_max_times(RETRIES)
        .with_jitter()
        .build();
    loop {
        let error = match attempt(pool, &work).await {
            Ok(value) => {
                metrics::counter!("gym_tx_total", "tx" => name, "outcome" => "committed").increment(1);
                return Ok(value);
            }
            Err(error) => error,
        };
        match delays.next() {
            Some(delay) if is_retryable(&error) => {
                metrics::counter!("gym_tx_retries_total", "tx" => name).increment(1);
                tracing::debug!(tx = name, %error, "transaction is retried");
                tokio::time::sleep(delay).await;
            }
            _ => {
                metrics::counter!("gym_tx_total", "tx" => name, "outcome" => "rolled_back").increment(1);
                return Err(error);
            }
        }
    }
}

async fn attempt<'env, T, F>(pool: &MySqlPool, work: &F) -> Result<T, AppError>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let mut conn = pool.acquire().await?;
    let done = attempt_on(&mut conn, work).await;
    if let Err(error) = &done
        && error.database().is_some_and(server_error::spoils_connection)
    {
        conn.close_on_drop();
    }
    done
}

async fn attempt_on<'env, T, F>(conn: &mut Conn, work: &F) -> Result<T, AppError>
where
    F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
{
    let mut tx = conn.begin_with(BEGIN).await?;
    let afterwards = RefCell::default();
    let scope = Scope(Unlocked::of(&tx), PhantomData);
    let working = AFTERWARDS.scope(afterwards, async {
        let done = work(&mut tx, scope).await;
        (done, AFTERWARDS.with(RefCell::take))
    });
    let (done, afterwards) = working.await;
    match done {
        Ok(value) => {
            tx.commit().await?;
            afterwards.into_iter().for_each(|this| this());
            Ok(value)
        }
        Err(error) => {
            // 1205 undoes one statement only: the transaction still holds its locks until it is rolled back.
            // If even that fails, the connection is broken and the server rolls back by itself.
            if let Err(e) = tx.rollback().await {
                tracing::warn!(error = %e, "rollback failed");
            }
            Err(error)
        }
    }
}

/// Whether `error` is the database asking for the whole transaction to be run again.
fn is_retryable(error: &AppError) -> bool {
    error.database().is_some_and(server_error::is_retryable)
}
