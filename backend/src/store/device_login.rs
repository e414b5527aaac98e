//! Tables `device_login` and `device_login_miss`. All of their instants are real time.

use super::sweep::PurgeQuery;
use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::AccountId;

/// A login of a page that waits, or waited, for its approval.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeviceLoginRow {
    pub user_agent: String,
    pub address: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub interval_seconds: u32,
    /// When the page last asked for its token.
    pub polled_at: Option<Instant>,
    pub decided_at: Option<Instant>,
    /// Who approved it; `None` once it is decided: it was denied.
    pub account_id: Option<AccountId>,
    /// When the page was told.
    pub spent_at: Option<Instant>,
}

/// A login to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewDeviceLogin<'a> {
    pub device_hash: &'a [u8; 32],
    pub user_code: &'a str,
    pub user_agent: &'a str,
    pub address: &'a str,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub interval_seconds: u32,
}

/// Writes a login that waits.
pub async fn device_login_insert(conn: &mut Conn, new: &NewDeviceLogin<'_>) -> Result<()> {
    sqlx::query(sql!(
        device_login_insert,
        "INSERT INTO device_login (device_hash, user_code, user_agent, address, created_at, expires_at, \
         interval_seconds) VALUES (?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(new.device_hash.as_slice())
    .bind(new.user_code)
    .bind(new.user_agent)
    .bind(new.address)
    .bind(new.created_at)
    .bind(new.expires_at)
    .bind(new.interval_seconds)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks the login of a device code, by its hash.
pub async fn device_login_lock(conn: &mut Conn, device_hash: &[u8; 32]) -> Result<Option<DeviceLoginRow>> {
    Ok(sqlx::query_as(sql!(
        device_login_lock,
        "SELECT user_agent, address, created_at, expires_at, interval_seconds, polled_at, decided_at, account_id, \
         spent_at FROM device_login WHERE device_hash = ? FOR UPDATE"
    ))
    .bind(device_hash.as_slice())
    .fetch_optional(conn)
    .await?)
}

/// Locks the login that waits with a user code; returns the hash of its device code too.
pub async fn device_login_find(
    conn: &mut Conn,
    user_code: &str,
    now: Instant,
) -> Result<Option<(Vec<u8>, DeviceLoginRow)>> {
    let statement = sql!(device_login_find, "SELECT device_hash FROM device_login WHERE user_code = ?");
    let hash: Option<Vec<u8>> =
        sqlx::query_scalar(statement).bind(user_code).fetch_optional(&mut *conn).await?;
    // By the primary key, as everything locks these rows.
    let Some(Ok(key)) = hash.as_deref().map(<&[u8; 32]>::try_from) else { return Ok(None) };
    let row = device_login_lock(conn, key).await?;
    let waits = |row: &DeviceLoginRow| row.decided_at.is_none() && now < row.expires_at;
    Ok(row.filter(waits).map(|row| (key.to_vec(), row)))
}

/// Notes that a page asked for its token.
pub async fn device_login_polled(
    conn: &mut Conn,
    device_hash: &[u8; 32],
    interval_seconds: u32,
    at: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        device_login_polled,
        "UPDATE device_login SET interval_seconds = ?, polled_at = ? WHERE device_hash = ? AND decided_at IS NULL"
    ))
    .bind(interval_seconds)
    .bind(at)
    .bind(device_hash.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// Approves a login for an account, or denies it.
pub async fn device_login_decide(
    conn: &mut Conn,
    device_hash: &[u8],
    account: Option<AccountId>,
    at: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        device_login_decide,
        "UPDATE device_login SET account_id = ?, decided_at = ? WHERE device_hash = ? AND decided_at IS NULL"
    ))
    .bind(account)
    .bind(at)
    .bind(device_hash)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the page was told what was decided.
pub async fn device_login_spend(conn: &mut Conn, device_hash: &[u8; 32], at: Instant) -> Result<()> {
    sqlx::query(sql!(
        device_login_spend,
        "UPDATE device_login SET spent_at = ? WHERE device_hash = ? AND spent_at IS NULL"
    ))
    .bind(at)
    .bind(device_hash.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// How many wrong codes an account typed after `since`, and when the first of them was.
pub async fn device_login_miss_count(
    conn: &mut Conn,
    account: AccountId,
    since: Instant,
) -> Result<(i64, Option<Instant>)> {
    Ok(sqlx::query_as(sql!(
        device_login_miss_count,
        "SELECT COUNT(*), MIN(missed_at) FROM device_login_miss WHERE account_id = ? AND missed_at > ?"
    ))
    .bind(account)
    .bind(since)
    .fetch_one(conn)
    .await?)
}

/// Records a wrong code.
pub async fn device_login_miss_insert(conn: &mut Conn, account: AccountId, at: Instant) -> Result<()> {
    let statement =
        sql!(device_login_miss_insert, "INSERT INTO device_login_miss (account_id, missed_at) VALUES (?, ?)");
    sqlx::query(statement).bind(account).bind(at).execute(conn).await?;
    Ok(())
}

/// Logins, by when they were over.
pub const DEVICE_LOGIN_PURGE: PurgeQuery = PurgeQuery(sql!(
    device_login_purge,
    "DELETE FROM device_login WHERE expires_at < ? ORDER BY expires_at LIMIT ?"
));

/// Wrong codes, by when they were typed.
pub const DEVICE_LOGIN_MISS_PURGE: PurgeQuery = PurgeQuery(sql!(
    device_login_miss_purge,
    "DELETE FROM device_login_miss WHERE missed_at < ? ORDER BY missed_at LIMIT ?"
));
