//! Taking rows of the outbox under a lease.

use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use chrono::{DateTime, TimeDelta, Utc};
use logic::Instant;
use serde_json::Value;
use sqlx::QueryBuilder;

/// How long a claimed row is its claimant's alone.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Rows of one claim: what a few seconds send.
const BATCH: u32 = 64;

/// A claimed message.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) account_id: i64,
    pub(super) openid: String,
    pub(super) template: String,
    pub(super) page: String,
    #[sqlx(json)]
    pub(super) data: Value,
    pub(super) waitlist_id: Option<i64>,
    pub(super) notification_id: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) not_before: DateTime<Utc>,
    pub(super) give_up_at: DateTime<Utc>,
    /// This one included.
    pub(super) attempts: i32,
    pub(super) claim_token: String,
    pub(super) claimed_until: DateTime<Utc>,
}

/// Claims what is due and under no live lease, the longest due first.
pub(super) async fn claim(app: &App, now: Instant) -> Result<Vec<Row>, AppError> {
    let at = DateTime::<Utc>::from(now);
    let due: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM outbox WHERE status = 'pending' AND not_before <= ? \
         AND (claimed_until IS NULL OR claimed_until < ?) ORDER BY not_before, id LIMIT ?",
    )
    .bind(at)
    .bind(at)
    .bind(BATCH)
    .fetch_all(&app.pool)
    .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let token = uuid::Uuid::new_v4().to_string();
    let (due, token) = (&due, &token);
    // Between the two statements another dispatcher may have claimed some of them: the condition is asked again.
    run_tx(&app.pool, "outbox_claim", |conn, _| {
        Box::pin(async move {
            let mut claim = QueryBuilder::new("UPDATE outbox SET claim_token = ");
            claim.push_bind(token).push(", claimed_until = ").push_bind(at + LEASE);
            claim.push(", attempts = attempts + 1 WHERE status = 'pending' AND (claimed_until IS NULL");
            claim.push(" OR claimed_until < ").push_bind(at).push(") AND id IN (");
            let mut ids = claim.separated(", ");
            for id in due {
                ids.push_bind(id);
            }
            claim.push(") ORDER BY id");
            claim.build().execute(&mut *conn).await?;
            Ok(())
        })
    })
    .await?;
    Ok(sqlx::query_as(
        "SELECT id, account_id, openid, template, page, data, waitlist_id, notification_id, created_at, \
         not_before, give_up_at, attempts, claim_token, claimed_until \
         FROM outbox WHERE claim_token = ? ORDER BY not_before, id",
    )
    .bind(token)
    .fetch_all(&app.pool)
    .await?)
}
