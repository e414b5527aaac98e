//! Whether the database answers, and whether its clock agrees with this machine's.
//!
//! While it does not answer, requests are told so at once, not when their wait for a connection runs out. While the
//! clocks are far apart, nothing is decided on time: two services would decide differently.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};

use crate::clock;
use crate::error::AppError;
use crate::store::{self, StoreError, server_error};

/// Clocks that are further apart than this, in milliseconds, are logged as a warning.
pub const APART_WORTH_SAYING_MS: i64 = 2_000;
/// While the clocks are further apart than this, in milliseconds, nothing is decided.
pub const APART_TOO_FAR_MS: i64 = 5_000;
/// The time between two checks; a lost connection is checked at once.
const EVERY: Duration = Duration::from_secs(1);
/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// After this many checks in a row without an answer in time, the database counts as away: one may be bad luck.
const SILENT_CHECKS: u32 = 2;

/// What the last check found; at first, that all is well.
#[derive(Debug, Default)]
pub struct Vitals {
    away: AtomicBool,
    ahead_ms: AtomicI64,
}

impl Vitals {
    /// Whether requests can be served and decisions taken.
    ///
    /// # Errors
    /// `unavailable`, with the reason.
    pub fn check(&self) -> Result<(), AppError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(AppError::Unavailable("the database does not answer"));
        }
        self.check_clock()
    }

    /// Whether the clocks agree.
    ///
    /// # Errors
    /// `unavailable`, with the reason.
    pub fn check_clock(&self) -> Result<(), AppError> {
        let ahead_ms = self.ahead_ms();
        if ahead_ms.abs() > APART_TOO_FAR_MS {
            return Err(AppError::Unreachable(apart(ahead_ms)));
        }
        Ok(())
    }

    /// By how many milliseconds this machine's clock is ahead of the database's.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    /// The database answered, and its clock says that this machine's is `ahead_ms` ahead.
    #[allow(clippy::cast_precision_loss, reason = "clocks are less than 2^53 ms apart")]
    pub fn answered(&self, ahead_ms: i64) {
        if self.away.swap(false, Ordering::Relaxed) {
            tracing::info!("the database answers again");
        }
        metrics::gauge!("gym_clock_ahead_seconds").set(ahead_ms as f64 / 1000.0);
        let worth = |ms: i64| ms.abs() > APART_WORTH_SAYING_MS;
        let before = self.ahead_ms.swap(ahead_ms, Ordering::Relaxed);
        match (worth(before), worth(ahead_ms)) {
            (false, true) => tracing::warn!("{}; more than 5 s and nothing is decided", apart(ahead_ms)),
            (true, false) => tracing::info!("this machine's clock and the database's agree again"),
            _ => {}
        }
    }

    /// The database does not answer.
    pub fn away(&self, why: &str) {
        if !self.away.swap(true, Ordering::Relaxed) {
            tracing::error!(why, "the database does not answer");
        }
    }
}

/// How far apart the clocks are, in words.
pub fn apart(ahead_ms: i64) -> String {
    let (tenths, word) = (ahead_ms.abs() / 100, if ahead_ms > 0 { "ahead of" } else { "behind" });
    format!("this machine's clock is {}.{} s {word} the database's", tenths / 10, tenths % 10)
}

/// Checks the database again and again, over a connection of its own.
pub async fn watch(vitals: &Vitals, database: &MySqlConnectOptions) {
    let mut losses = store::losses();
    let mut conn = None;
    let mut silent = 0;
    loop {
        match tokio::time::timeout(PATIENCE, look(database, &mut conn)).await {
            Ok(Ok(ahead_ms)) => {
                silent = 0;
                vitals.answered(ahead_ms);
            }
            // It answers, but has no connection to spare, or refuses this account: open connections still work.
            Ok(Err(StoreError::Database(error))) if server_error::number(&error).is_some() => silent = 0,
            Ok(Err(error)) => vitals.away(&error.to_string()),
            Err(_) => {
                silent += 1;
                if silent >= SILENT_CHECKS {
                    vitals.away("it takes too long");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = losses.changed() => {}
        }
    }
}

/// One look. A connection that was lost says nothing about the server, so a new one is tried.
async fn look(database: &MySqlConnectOptions, kept: &mut Option<MySqlConnection>) -> Result<i64, StoreError> {
    if let Some(mut conn) = kept.take()
        && let Ok(ahead_ms) = clock::ahead_of_database(&mut conn).await
    {
        *kept = Some(conn);
        return Ok(ahead_ms);
    }
    let mut conn = database.connect().await?;
    let ahead_ms = clock::ahead_of_database(&mut conn).await?;
    *kept = Some(conn);
    Ok(ahead_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_far_apart_are_said_in_words_and_decide_nothing() {
        let vitals = Vitals::default();
        for (ahead_ms, well) in [(0, true), (5_000, true), (-5_000, true), (5_001, false), (-90_000, false)] {
            vitals.answered(ahead_ms);
            assert_eq!(vitals.check().is_ok(), well, "{ahead_ms}");
        }
        assert!(vitals.check().unwrap_err().to_string().contains("90.0 s behind the database's"));
        vitals.answered(0);
        vitals.away("refused");
        assert!(vitals.check().is_err() && vitals.check_clock().is_ok());
        vitals.answered(0);
        assert!(vitals.check().is_ok());
    }
}
