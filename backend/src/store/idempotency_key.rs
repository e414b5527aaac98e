//! Table `idempotency_key`: the first answer to each write that carried a key.

use super::sweep::PurgeQuery;
use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::AccountId;
use serde_json::Value;
use sqlx::MySqlExecutor;
use sqlx::types::Json;

/// A key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdempotencyKeyRow {
    pub request_hash: Vec<u8>,
    pub status_code: Option<u16>,
    pub headers: Option<Json<Value>>,
    pub body: Option<Vec<u8>>,
    /// Until when a write that died still blocks the key, in real time.
    pub locked_until: Option<Instant>,
    pub created_at: Instant,
}

/// A claim of a key for a request.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyClaim<'a> {
    pub account: AccountId,
    pub key: &'a str,
    pub request_hash: &'a [u8; 32],
    /// Until when it blocks the key, in real time.
    pub locked_until: Instant,
    pub created_at: Instant,
}

/// Claims a new key.
///
/// # Errors
/// See [`super::StoreError::is_duplicate`] for a key that is claimed or answered.
pub async fn idempotency_key_insert(db: impl MySqlExecutor<'_>, claim: &IdempotencyClaim<'_>) -> Result<()> {
    sqlx::query(sql!(
        idempotency_key_insert,
        "INSERT INTO idempotency_key (account_id, `key`, request_hash, locked_until, created_at) \
         VALUES (?, ?, ?, ?, ?)"
    ))
    .bind(claim.account)
    .bind(claim.key)
    .bind(&claim.request_hash[..])
    .bind(claim.locked_until)
    .bind(claim.created_at)
    .execute(db)
    .await?;
    Ok(())
}

/// Locks a key and reads it.
pub async fn idempotency_key_lock(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
) -> Result<Option<IdempotencyKeyRow>> {
    Ok(sqlx::query_as(sql!(
        idempotency_key_lock,
        "SELECT request_hash, status_code, headers, body, locked_until, created_at FROM idempotency_key \
         WHERE account_id = ? AND `key` = ? FOR UPDATE"
    ))
    .bind(account)
    .bind(key)
    .fetch_optional(conn)
    .await?)
}

/// Claims a locked key anew, for another write.
pub async fn idempotency_key_reclaim(conn: &mut Conn, claim: &IdempotencyClaim<'_>) -> Result<()> {
    sqlx::query(sql!(
        idempotency_key_reclaim,
        "UPDATE idempotency_key SET request_hash = ?, status_code = NULL, headers = NULL, body = NULL, \
         locked_until = ?, created_at = ? WHERE account_id = ? AND `key` = ?"
    ))
    .bind(&claim.request_hash[..])
    .bind(claim.locked_until)
    .bind(claim.created_at)
    .bind(claim.account)
    .bind(claim.key)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the answer to a claimed key. The claim's own lease is named, so that a request that overslept does not write
/// over its successor.
pub async fn idempotency_key_answer(
    db: impl MySqlExecutor<'_>,
    (account, key): (AccountId, &str),
    locked_until: Instant,
    status: u16,
    headers: Value,
    body: &[u8],
) -> Result<()> {
    sqlx::query(sql!(
        idempotency_key_answer,
        "UPDATE idempotency_key SET status_code = ?, headers = ?, body = ?, locked_until = NULL \
         WHERE account_id = ? AND `key` = ? AND status_code IS NULL AND locked_until = ?"
    ))
    .bind(status)
    .bind(Json(headers))
    .bind(body)
    .bind(account)
    .bind(key)
    .bind(locked_until)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a claimed key back: its answer is not final.
pub async fn idempotency_key_release(
    db: impl MySqlExecutor<'_>,
    (account, key): (AccountId, &str),
    locked_until: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        idempotency_key_release,
        "DELETE FROM idempotency_key WHERE account_id = ? AND `key` = ? AND status_code IS NULL AND locked_until = ?"
    ))
    .bind(account)
    .bind(key)
    .bind(locked_until)
    .execute(db)
    .await?;
    Ok(())
}

/// Keys, by when they were claimed.
pub const IDEMPOTENCY_KEY_PURGE: PurgeQuery = PurgeQuery(sql!(
    idempotency_key_purge,
    "DELETE FROM idempotency_key WHERE created_at < ? ORDER BY created_at LIMIT ?"
));
