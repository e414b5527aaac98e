//! The server itself.

use super::{Result, sql};
use logic::Instant;
use sqlx::MySqlExecutor;

/// The server's clock.
pub async fn server_now(db: impl MySqlExecutor<'_>) -> Result<Instant> {
    Ok(sqlx::query_scalar(sql!(server_now, "SELECT UTC_TIMESTAMP(3)")).fetch_one(db).await?)
}

/// Whether the server was told to take no writes: with `read_only`, which `super_read_only` sets too where there is one.
pub async fn server_is_read_only(db: impl MySqlExecutor<'_>) -> Result<bool> {
    let statement = sql!(server_is_read_only, "SELECT CAST(@@global.read_only AS CHAR)");
    let value: String = sqlx::query_scalar(statement).fetch_one(db).await?;
    Ok(!["0", "OFF"].contains(&value.as_str()))
}

/// Fails where a write would fail, and writes nothing.
pub async fn server_try_write(db: impl MySqlExecutor<'_>) -> Result<()> {
    sqlx::query(sql!(server_try_write, "UPDATE dev_clock SET active = active WHERE id = 0"))
        .execute(db)
        .await?;
    Ok(())
}

/// The defaults that the server gives to sessions.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ServerDefaults {
    /// `innodb_lock_wait_timeout`, in seconds.
    pub lock_wait: i64,
    /// In seconds.
    pub wait_timeout: i64,
    pub sql_mode: String,
    pub time_zone: String,
}

/// The server's defaults.
pub async fn server_defaults(db: impl MySqlExecutor<'_>) -> Result<ServerDefaults> {
    Ok(sqlx::query_as(sql!(
        server_defaults,
        "SELECT CAST(@@global.innodb_lock_wait_timeout AS SIGNED) AS lock_wait, \
         CAST(@@global.wait_timeout AS SIGNED) AS wait_timeout, @@global.sql_mode AS sql_mode, \
         CASE @@global.time_zone WHEN 'SYSTEM' THEN @@system_time_zone ELSE @@global.time_zone END AS time_zone"
    ))
    .fetch_one(db)
    .await?)
}

/// The name that tells the server from others behind the same address.
pub async fn server_name(db: impl MySqlExecutor<'_>) -> Result<String> {
    let statement = sql!(server_name, "SELECT CONCAT_WS(':', @@hostname, @@port, @@server_id)");
    Ok(sqlx::query_scalar(statement).fetch_one(db).await?)
}

/// The server's name and version, as it gives them.
pub async fn server_version(db: impl MySqlExecutor<'_>) -> Result<String> {
    Ok(sqlx::query_scalar(sql!(server_version, "SELECT VERSION()")).fetch_one(db).await?)
}
