//! Grants that run out: for the sweep, and for reads that must not show a dead grant as alive.

use super::rows;
use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::access::{self, Scope};
use crate::service::places::Places;
use crate::service::sweep_runner::{self, Task};
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::ProfileId;
use logic::ledger;

/// Profiles with grants that are past their end, the longest overdue first.
pub static GRANTS: Task = Task {
    name: "credit",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: "SELECT due, profile_id FROM (SELECT MIN(expiry_time) AS due, profile_id FROM class_credit_compensation \
          WHERE status = 'available' AND expiry_time <= ? GROUP BY profile_id) overdue \
          WHERE due > ? OR (due = ? AND profile_id > ?) ORDER BY due, profile_id LIMIT ?",
};

/// Expires the grants of a scope that are due.
///
/// # Errors
/// The database's.
pub(in crate::service) async fn settle_own(app: &App, scope: &Scope, now: Instant) -> Result<(), AppError> {
    let profiles: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT p.id FROM profile p JOIN class_credit_compensation g ON g.profile_id = p.id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?) \
         AND g.status = 'available' AND g.expiry_time <= ?",
    )
    .scope(scope)
    .bind(DateTime::<Utc>::from(now))
    .fetch_all(&app.pool)
    .await?;
    for profile in profiles {
        expire_of(app, ProfileId(profile), now).await?;
    }
    Ok(())
}

/// Expires the grants of a profile that are due at `now`; answers how many.
///
/// # Errors
/// The database's.
pub async fn expire_of(app: &App, profile: ProfileId, now: Instant) -> Result<u32, AppError> {
    run_tx(&app.pool, "grants_expire", |conn, _| {
        Box::pin(async move {
            access::lock_profile(conn, profile).await?;
            let mut expired = 0;
            for grant in rows::available(conn, profile).await? {
                if let Some(moved) = ledger::expire(&grant, now) {
                    rows::write(conn, &moved).await?;
                    expired += 1;
                }
            }
            Ok(expired)
        })
    })
    .await
}
