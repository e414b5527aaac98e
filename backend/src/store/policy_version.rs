//! Table `policy_version`: rows are added, and never changed.

use super::{Result, sql};
use logic::Instant;
use logic::ids::PolicyId;
use sqlx::MySqlExecutor;

/// A version of the policy.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PolicyVersionRow {
    pub id: PolicyId,
    pub effective_from: Instant,
    /// Every field that the policy had when it was stored, as JSON.
    pub policy: String,
}

/// Every version, in the order of the inserts.
pub async fn policy_version_list(db: impl MySqlExecutor<'_>) -> Result<Vec<PolicyVersionRow>> {
    let statement = sql!(
        policy_version_list,
        "SELECT id, effective_from, CAST(policy AS CHAR) AS policy FROM policy_version ORDER BY id"
    );
    Ok(sqlx::query_as(statement).fetch_all(db).await?)
}

/// Writes version 1 unless there is one. Of two programs at once, the first one's stays.
pub async fn policy_version_insert_first(
    db: impl MySqlExecutor<'_>,
    effective_from: Instant,
    policy: &str,
    now: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        policy_version_insert_first,
        "INSERT INTO policy_version (id, effective_from, policy, created_by, created_at) VALUES (1, ?, ?, 0, ?) \
         ON DUPLICATE KEY UPDATE id = id"
    ))
    .bind(effective_from)
    .bind(policy)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}
