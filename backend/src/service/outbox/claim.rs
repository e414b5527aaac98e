//! Claims messages of the outbox under a lease.

use crate::db::run_tx;
use crate::error::AppError;
use crate::service::Context;
use crate::store::{self, OutboxRow};
use logic::Instant;

/// How long a claimed message belongs to its claimant alone, in seconds of the database's clock.
pub const LEASE_SECONDS: u32 = 60;
/// Messages of one claim: what a few seconds send.
const CLAIM_ROWS_MAX: u32 = 64;

/// Claims messages that are due and under no live lease, the longest due first.
pub(super) async fn claim(context: &Context, now: Instant) -> Result<Vec<OutboxRow>, AppError> {
    let due = store::outbox_list_due(&context.pool, now, CLAIM_ROWS_MAX).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let token = uuid::Uuid::new_v4().to_string();
    let (due, token) = (&due, &token);
    // Between the two statements another dispatcher may have claimed some of them: the claim checks again.
    run_tx(&context.pool, "outbox_claim", |conn, _| {
        Box::pin(async move { Ok(store::outbox_claim(conn, due, token, LEASE_SECONDS).await?) })
    })
    .await?;
    Ok(store::outbox_list_claimed(&context.pool, token).await?)
}
