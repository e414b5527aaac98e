//! The server itself.

use super::{Result, sql};
use logic::Instant;
use sqlx::MySqlExecutor;

/// The server's clock.
pub async fn schema_now(db: impl MySqlExecutor<'_>) -> Result<Instant> {
    Ok(sqlx::query_scalar(sql!(schema_now, "SELECT NOW(3)")).fetch_one(db).await?)
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
pub async fn schema_defaults(db: impl MySqlExecutor<'_>) -> Result<ServerDefaults> {
    Ok(sqlx::query_as(sql!(
        schema_defaults,
        "SELECT CAST(@@global.innodb_lock_wait_timeout AS SIGNED) AS lock_wait, \
         CAST(@@global.wait_timeout AS SIGNED) AS wait_timeout, @@global.sql_mode AS sql_mode, \
         CASE @@global.time_zone WHEN 'SYSTEM' THEN @@system_time_zone ELSE @@global.time_zone END AS time_zone"
    ))
    .fetch_one(db)
    .await?)
}

/// The server's name and version, as it gives them.
pub async fn schema_version(db: impl MySqlExecutor<'_>) -> Result<String> {
    Ok(sqlx::query_scalar(sql!(schema_version, "SELECT VERSION()")).fetch_one(db).await?)
}
