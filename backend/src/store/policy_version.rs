//! Table `policy_version`: rows are added, and never changed.

use super::list::{BindListParams, page};
use super::{Conn, Result, lock_row, sql};
use crate::paging::Paging;
use logic::Instant;
use logic::ids::{AccountId, PolicyId};
use sqlx::MySqlExecutor;

/// A version of the policy.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PolicyVersionRow {
    pub id: PolicyId,
    pub effective_from: Instant,
    /// Every field that the policy had when it was stored, as JSON.
    pub policy: String,
    /// Who set it; 0: the first start of a program.
    pub created_by: AccountId,
    pub created_at: Instant,
}

macro_rules! select {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT id, effective_from, CAST(policy AS CHAR) AS policy, created_by, created_at FROM policy_version ",
            $($where)+
        )
    };
}

/// The versions after `known`, in the order of the inserts: their ids grow with them.
pub async fn policy_version_list_after(
    db: impl MySqlExecutor<'_>,
    known: PolicyId,
) -> Result<Vec<PolicyVersionRow>> {
    let statement = select!(policy_version_list_after, "WHERE id > ? ORDER BY id");
    Ok(sqlx::query_as(statement).bind(known).fetch_all(db).await?)
}

/// A version; `None` if there is no such one.
pub async fn policy_version_get(
    db: impl MySqlExecutor<'_>,
    id: PolicyId,
) -> Result<Option<PolicyVersionRow>> {
    let statement = select!(policy_version_get, "WHERE id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(db).await?)
}

/// A page of the versions: by when they hold, then by their inserts, newest first.
pub async fn policy_version_list(db: impl MySqlExecutor<'_>, list: &Paging) -> Result<Vec<PolicyVersionRow>> {
    Ok(sqlx::query_as(select!(policy_version_list, "WHERE ", page!("effective_from", "id", newest first)))
        .bind_page(list)
        .fetch_all(db)
        .await?)
}

lock_row!(
    /// Locks a version: version 1, before another one is inserted, so that inserts come one after the other.
    policy_version_lock,
    "policy_version",
    PolicyId
);

/// Adds a version. Its id is the next after every other one's.
///
/// # Errors
/// [`super::StoreError::Database`] with a duplicate key if it is not.
pub async fn policy_version_insert(conn: &mut Conn, version: &PolicyVersionRow) -> Result<()> {
    sqlx::query(sql!(
        policy_version_insert,
        "INSERT INTO policy_version (id, effective_from, policy, created_by, created_at) VALUES (?, ?, ?, ?, ?)"
    ))
    .bind(version.id)
    .bind(version.effective_from)
    .bind(&version.policy)
    .bind(version.created_by)
    .bind(version.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many classes that start at `from` or later, and are not called off, are judged for good by a version that one which
/// holds from then on and was set now would replace.
pub async fn policy_version_count_older(conn: &mut Conn, from: Instant) -> Result<i64> {
    Ok(sqlx::query_scalar(sql!(
        policy_version_count_older,
        "SELECT COUNT(*) FROM policy_version v JOIN class_session s ON s.policy_id = v.id AND s.starts_at >= ? \
         WHERE v.effective_from <= ? AND s.status <> 'cancelled'"
    ))
    .bind(from)
    .bind(from)
    .fetch_one(conn)
    .await?)
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
