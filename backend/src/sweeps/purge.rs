//! Deletes rows that are kept for a while only.

use crate::error::AppError;
use crate::service::Context;
use crate::service::sweep_runner::{Counts, Stop};
use crate::store::{
    self, CLAIM_CODE_PURGE, CLAIM_FAILURE_PURGE, DEVICE_LOGIN_MISS_PURGE, DEVICE_LOGIN_PURGE,
    IDEMPOTENCY_KEY_PURGE, MESSAGE_PURGE, OUTBOX_PURGE, PurgeQuery, REVOKED_TOKEN_PURGE, SWEEP_RUN_PURGE,
};
use logic::{Instant, Minutes};

/// Rows of one delete: short transactions.
const DELETE_ROWS_MAX: u32 = 1000;

/// The name that deleted rows are counted under, how long they are kept in service time, and the delete.
static PURGES: [(&str, Minutes, PurgeQuery); 6] = [
    ("purged_codes", Minutes::days(30), CLAIM_CODE_PURGE),
    ("purged_wrong_codes", Minutes::days(1), CLAIM_FAILURE_PURGE),
    ("purged_keys", Minutes::days(1), IDEMPOTENCY_KEY_PURGE),
    ("purged_messages", Minutes::days(30), OUTBOX_PURGE),
    ("purged_texts", Minutes::days(400), MESSAGE_PURGE),
    ("purged_runs", Minutes::days(7), SWEEP_RUN_PURGE),
];

/// The same in real time, as tokens age: a clock that is moved must not bring back what was revoked.
static REAL_TIME_PURGES: [(&str, Minutes, PurgeQuery); 3] = [
    ("purged_revocations", Minutes::days(7), REVOKED_TOKEN_PURGE),
    ("purged_device_logins", Minutes::days(1), DEVICE_LOGIN_PURGE),
    ("purged_wrong_codes", Minutes::days(1), DEVICE_LOGIN_MISS_PURGE),
];

pub(super) async fn purge(context: &Context, now: Instant, stop: &Stop) -> Result<Counts, AppError> {
    let mut counts = Counts::new();
    let real_now = store::server_now(&context.pool).await?;
    let purges = PURGES.iter().map(|purge| (now, purge));
    for (now, (name, ttl, query)) in purges.chain(REAL_TIME_PURGES.iter().map(|purge| (real_now, purge))) {
        let mut deleted = 0;
        while !stop.is_set() {
            let rows = store::sweep_purge(&context.pool, *query, now.minus(*ttl), DELETE_ROWS_MAX).await?;
            deleted += rows;
            if rows < u64::from(DELETE_ROWS_MAX) {
                break;
            }
        }
        *counts.entry(*name).or_insert(0) += deleted;
    }
    Ok(counts)
}
