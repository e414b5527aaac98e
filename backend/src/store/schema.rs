//! The schema and the server themselves.

use super::{Result, StoreError, sql};
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
