//! Grants that run out: for the sweep, and for reads that must not show a dead grant as alive.

use super::rows;
use crate::App;
use crate::db::run_tx;
use crate::domain::access;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::ProfileId;
use logic::ledger;

/// Expires every grant that is due at `now`, of at most `limit` profiles, the longest overdue first; answers how many
/// grants expired. A profile that cannot be worked on is logged and left for the next look.
///
/// # Errors
/// The database's, when no profile at all could be worked on.
pub async fn expire_due(app: &App, now: Instant, limit: u32) -> Result<u32, AppError> {
    let profiles: Vec<i64> = sqlx::query_scalar(
        "SELECT profile_id FROM class_credit_compensation WHERE status = 'available' AND expiry_time <= ? \
         GROUP BY profile_id ORDER BY MIN(expiry_time), profile_id LIMIT ?",
    )
    .bind(DateTime::<Utc>::from(now))
    .bind(limit)
    .fetch_all(&app.pool)
    .await?;
    let (mut expired, mut worked, mut failure) = (0, 0, None);
    for profile in profiles {
        match expire_of(app, ProfileId(profile), now).await {
            Ok(grants) => {
                worked += 1;
                expired += grants;
            }
            Err(error) => {
                tracing::error!(profile, %error, "grants could not be expired");
                failure = Some(error);
            }
        }
    }
    match failure {
        Some(error) if worked == 0 => Err(error),
        _ => Ok(expired),
    }
}

/// Expires the grants of one profile that are due, if there are any.
pub(super) async fn settle(app: &App, profile: ProfileId, now: Instant) -> Result<(), AppError> {
    let due: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM class_credit_compensation WHERE profile_id = ? AND status = 'available' \
         AND expiry_time <= ? LIMIT 1",
    )
    .bind(profile.0)
    .bind(DateTime::<Utc>::from(now))
    .fetch_optional(&app.pool)
    .await?;
    if due.is_some() {
        expire_of(app, profile, now).await?;
    }
    Ok(())
}

async fn expire_of(app: &App, profile: ProfileId, now: Instant) -> Result<u32, AppError> {
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
