//! The schema and the server themselves.

use super::{Conn, Result, StoreError, sql};
use logic::Instant;
use sqlx::MySqlExecutor;

/// The versions of the migrations that the database has.
pub async fn schema_migrations(db: impl MySqlExecutor<'_>) -> Result<Vec<i64>> {
    let statement = sql!(schema_migrations, "SELECT version FROM _sqlx_migrations WHERE success = TRUE");
    match sqlx::query_scalar(statement).fetch_all(db).await {
        // 42S02: no such table; the database is empty.
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42S02") => Ok(Vec::new()),
        known => known.map_err(StoreError::from),
    }
}

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

/// Takes the lock that one program at a time migrates the database under, which its connection holds; `false` if
/// another program still held it after `seconds`.
pub async fn schema_lock(conn: &mut Conn, seconds: u32) -> Result<bool> {
    let statement = sql!(schema_lock, "SELECT GET_LOCK(CONCAT('gym.', SHA2(DATABASE(), 224)), ?)");
    let locked: Option<i64> = sqlx::query_scalar(statement).bind(seconds).fetch_one(conn).await?;
    Ok(locked == Some(1))
}
