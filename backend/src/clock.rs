//! The one place where this program reads a clock.
//!
//! One [`Clock`] is made in `main` and handed down; `now` is read once per request or sweep step and passed on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use chrono::Utc;
use logic::Instant;
use sqlx::MySqlExecutor;
use sqlx::mysql::MySqlPool;
use tokio::sync::Mutex;

use crate::error::AppError;
use crate::store::{self, StoreError};

/// The service's time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// Stands still until it is moved, and never goes back (`--dev-clock`).
    Dev(Arc<DevClock>),
}

/// A clock that is kept in the database's `dev_clock` row.
#[derive(Debug)]
pub struct DevClock {
    stands_at: AtomicI64,
    /// Held while the clock is moved: the row first, then memory.
    moving: Mutex<MySqlPool>,
}

/// The machine's time: for tokens (which age by it whatever the service's clock says) and for [`Clock::Real`].
#[allow(clippy::disallowed_methods, reason = "the program's one reading of the machine's clock")]
pub fn real_now() -> Instant {
    Utc::now().into()
}

/// By how many milliseconds this machine's clock is ahead of the database's, at the least; negative if it is behind. The
/// dev clock plays no part in this.
pub async fn ahead_of_database(db: impl MySqlExecutor<'_>) -> Result<i64, StoreError> {
    let before = real_now();
    let there = store::server_now(db).await?;
    let after = real_now();
    // The database read its clock at some instant between the two.
    Ok(before.millis_since(there).max(0) + after.millis_since(there).min(0))
}

/// The dev clock stops short of the end of the calendar, because classes are booked ahead.
const DEV_LIMIT: &str = "2099-12-31T00:00:00.000Z";

impl Clock {
    /// The real clock, for `gym serve` without `--dev-clock`; says so in the database, for `gym sweep`.
    pub async fn real(pool: &MySqlPool) -> Result<Self, StoreError> {
        store::dev_clock_deactivate(pool).await?;
        Ok(Self::Real)
    }

    /// The dev clock: it starts at the later of real time and where it stood.
    pub async fn dev(pool: MySqlPool) -> anyhow::Result<Self> {
        let written = store::dev_clock_activate(&pool, real_now()).await;
        written.context("the dev clock's row cannot be written")?;
        let at = store::dev_clock_get(&pool).await?.context("the dev clock's row is gone")?;
        Ok(Self::Dev(Arc::new(DevClock { stands_at: AtomicI64::new(at.millis()), moving: Mutex::new(pool) })))
    }

    /// The clock that the service last ran on, for a command that works beside it: where the dev clock
    /// stands, or real time.
    pub async fn of_the_service(pool: &MySqlPool) -> anyhow::Result<Self> {
        Ok(match store::dev_clock_get(pool).await? {
            Some(at) => Self::Dev(Arc::new(DevClock {
                stands_at: AtomicI64::new(at.millis()),
                moving: Mutex::new(pool.clone()),
            })),
            None => Self::Real,
        })
    }

    /// The service's now, to the millisecond.
    pub fn now(&self) -> Instant {
        match self {
            Self::Real => real_now(),
            Self::Dev(dev) => Instant::clamped(dev.stands_at.load(Ordering::SeqCst)),
        }
    }

    /// The dev clock, if this is one.
    pub fn as_dev(&self) -> Option<&DevClock> {
        match self {
            Self::Real => None,
            Self::Dev(dev) => Some(dev),
        }
    }
}

impl DevClock {
    /// Moves the clock to `to`.
    ///
    /// # Errors
    /// `conflict` if that is before where it stands; `invalid_request` past the year 2099.
    pub async fn set(&self, to: Instant) -> Result<Instant, AppError> {
        let pool = self.moving.lock().await;
        self.go(&pool, to).await
    }

    /// Moves the clock on by `seconds`.
    ///
    /// # Errors
    /// `invalid_request` past the year 2099.
    pub async fn advance(&self, seconds: u32) -> Result<Instant, AppError> {
        let pool = self.moving.lock().await;
        let stands_at = self.stands_at.load(Ordering::SeqCst);
        self.go(&pool, Instant::clamped(stands_at.saturating_add(i64::from(seconds) * 1000))).await
    }

    async fn go(&self, pool: &MySqlPool, to: Instant) -> Result<Instant, AppError> {
        let stands_at = Instant::clamped(self.stands_at.load(Ordering::SeqCst));
        if to < stands_at {
            return Err(AppError::conflict(format!(
                "the clock stands at {} and never goes back to {}",
                stands_at.to_rfc3339(),
                to.to_rfc3339()
            )));
        }
        if Instant::parse_rfc3339(DEV_LIMIT).is_ok_and(|limit| to > limit) {
            return Err(AppError::invalid(format!("the dev clock goes up to {DEV_LIMIT}")));
        }
        store::dev_clock_set(pool, to).await?;
        self.stands_at.store(to.millis(), Ordering::SeqCst);
        Ok(to)
    }
}
