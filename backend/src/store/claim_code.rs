//! Tables `claim_code` and `claim_failure`: the codes by which families claim a child, and wrong ones.

use super::sweep::PurgeQuery;
use super::{Conn, ProfileLock, Result, sql};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};

/// A claim code.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct ClaimCodeRow {
    pub profile_id: ProfileId,
    pub expires_at: Instant,
    pub used_by: Option<AccountId>,
}

/// The code with this hash; `None` if there is none.
pub async fn claim_code_get(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<ClaimCodeRow>> {
    let statement =
        sql!(claim_code_get, "SELECT profile_id, expires_at, used_by FROM claim_code WHERE code_hash = ?");
    Ok(sqlx::query_as(statement).bind(hash.as_slice()).fetch_optional(conn).await?)
}

/// Takes the unused code of a profile away, if it has one.
pub async fn claim_code_void(conn: &mut Conn, profile: &ProfileLock) -> Result<()> {
    let statement = sql!(claim_code_void, "DELETE FROM claim_code WHERE live_profile_id = ?");
    sqlx::query(statement).bind(profile.id()).execute(conn).await?;
    Ok(())
}

/// Writes the unused code of a profile.
///
/// # Errors
/// See [`super::StoreError::is_duplicate`] for a code that exists already.
pub async fn claim_code_insert(
    conn: &mut Conn,
    profile: &ProfileLock,
    hash: &[u8; 32],
    expires_at: Instant,
) -> Result<()> {
    let statement = sql!(
        claim_code_insert,
        "INSERT INTO claim_code (code_hash, profile_id, expires_at) VALUES (?, ?, ?)"
    );
    sqlx::query(statement).bind(hash.as_slice()).bind(profile.id()).bind(expires_at).execute(conn).await?;
    Ok(())
}

/// Writes who used a code; `false` if somebody has.
pub async fn claim_code_use(conn: &mut Conn, hash: &[u8; 32], account: AccountId) -> Result<bool> {
    let statement =
        sql!(claim_code_use, "UPDATE claim_code SET used_by = ? WHERE code_hash = ? AND used_by IS NULL");
    let done = sqlx::query(statement).bind(account).bind(hash.as_slice()).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Writes that an account gave a wrong code.
pub async fn claim_failure_insert(
    conn: &mut Conn,
    account: AccountId,
    network: &str,
    now: Instant,
) -> Result<()> {
    let statement = sql!(
        claim_failure_insert,
        "INSERT INTO claim_failure (account_id, network, failed_at) VALUES (?, ?, ?)"
    );
    sqlx::query(statement).bind(account).bind(network).bind(now).execute(conn).await?;
    Ok(())
}

/// When the wrong codes of an account after `since` were given, the latest first, up to `limit`.
pub async fn claim_failure_list_of_account(
    conn: &mut Conn,
    account: AccountId,
    since: Instant,
    limit: u32,
) -> Result<Vec<Instant>> {
    let statement = sql!(
        claim_failure_list_of_account,
        "SELECT failed_at FROM claim_failure WHERE account_id = ? AND failed_at > ? ORDER BY failed_at DESC LIMIT ?"
    );
    Ok(sqlx::query_scalar(statement).bind(account).bind(since).bind(limit).fetch_all(conn).await?)
}

/// When the wrong codes from a network after `since` were given, the latest first, up to `limit`.
pub async fn claim_failure_list_of_network(
    conn: &mut Conn,
    network: &str,
    since: Instant,
    limit: u32,
) -> Result<Vec<Instant>> {
    let statement = sql!(
        claim_failure_list_of_network,
        "SELECT failed_at FROM claim_failure WHERE network = ? AND failed_at > ? ORDER BY failed_at DESC LIMIT ?"
    );
    Ok(sqlx::query_scalar(statement).bind(network).bind(since).bind(limit).fetch_all(conn).await?)
}

/// Claim codes, used or not, by when they stop to count.
pub const CLAIM_CODE_PURGE: PurgeQuery = PurgeQuery(sql!(
    claim_code_purge,
    "DELETE FROM claim_code WHERE expires_at < ? ORDER BY expires_at LIMIT ?"
));

/// Wrong codes, by when they were given.
pub const CLAIM_FAILURE_PURGE: PurgeQuery = PurgeQuery(sql!(
    claim_failure_purge,
    "DELETE FROM claim_failure WHERE failed_at < ? ORDER BY failed_at LIMIT ?"
));
