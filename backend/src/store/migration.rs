//! Table `_sqlx_migrations`: which migrations the database has, as sqlx notes them.

use super::{Conn, Result, StoreError, sql};
use sqlx::MySqlExecutor;
use std::time::Duration;

/// A migration that was begun.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MigrationRow {
    pub version: i64,
    pub description: String,
    /// Whether it ran to its end.
    pub success: bool,
    pub checksum: Vec<u8>,
}

/// The migrations of the database, in their order; none if it is empty.
pub async fn migration_list(db: impl MySqlExecutor<'_>) -> Result<Vec<MigrationRow>> {
    let statement = sql!(
        migration_list,
        "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version"
    );
    match sqlx::query_as(statement).fetch_all(db).await {
        // 42S02: no such table.
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42S02") => Ok(Vec::new()),
        rows => rows.map_err(StoreError::from),
    }
}

/// Takes the lock that one program at a time migrates the database under, which its connection holds; `false` if
/// another program still held it after `seconds`.
pub async fn migration_lock(conn: &mut Conn, seconds: u32) -> Result<bool> {
    let statement = sql!(migration_lock, "SELECT GET_LOCK(CONCAT('gym.', SHA2(DATABASE(), 224)), ?)");
    let locked: Option<i64> = sqlx::query_scalar(statement).bind(seconds).fetch_one(conn).await?;
    Ok(locked == Some(1))
}

/// Notes that a migration begins.
pub async fn migration_begin(
    conn: &mut Conn,
    version: i64,
    description: &str,
    checksum: &[u8],
) -> Result<()> {
    sqlx::query(sql!(
        migration_begin,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (?, ?, FALSE, ?, -1)"
    ))
    .bind(version)
    .bind(description)
    .bind(checksum)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a migration ran to its end.
pub async fn migration_end(conn: &mut Conn, version: i64, took: Duration) -> Result<()> {
    sqlx::query(sql!(
        migration_end,
        "UPDATE _sqlx_migrations SET success = TRUE, execution_time = ? WHERE version = ?"
    ))
    .bind(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX))
    .bind(version)
    .execute(conn)
    .await?;
    Ok(())
}
