//! The database: how it is reached, migrated and written to.

pub mod many;
pub mod private_server;
pub mod tx;

use std::time::Duration;

use anyhow::Context;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions};
use sqlx::{ConnectOptions, Executor};

pub use tx::{on_commit, run_tx};

/// One connection, inside a transaction or not: what every query of this crate takes.
pub type Conn = sqlx::MySqlConnection;

/// Every migration, embedded in the program.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Connections per process. Short transactions: more would only queue inside the server.
const MAX_CONNECTIONS: u32 = 24;
/// Statements that a connection keeps prepared: more than this program has, so that none is prepared twice.
const STATEMENTS: usize = 512;
/// How long a request waits for a connection before it answers `unavailable`.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a pool on `url`, every session in READ COMMITTED with strict types and a bounded wait for locks.
///
/// # Errors
/// The address is malformed, or nobody answers there.
pub async fn connect(url: &str) -> anyhow::Result<MySqlPool> {
    let options: MySqlConnectOptions = url
        .parse()
        .context("DATABASE_URL is not an address like mysql://user:password@host:3306/database")?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    MySqlPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection that died is found by the statement that it fails: no round trip before every other one.
        .test_before_acquire(false)
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                conn.execute(
                    "SET SESSION innodb_lock_wait_timeout = 5, \
                     sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
                )
                .await?;
                Ok(())
            })
        })
        .connect_with(options.statement_cache_capacity(STATEMENTS).disable_statement_logging())
        .await
        .with_context(|| format!("the database at {place} does not answer"))
}

/// Brings the schema up to date. Safe to run from several programs at once: the migrator takes a lock.
///
/// # Errors
/// A migration failed, or the database is newer than this program.
pub async fn migrate(pool: &MySqlPool) -> anyhow::Result<()> {
    MIGRATIONS.run(pool).await.context("the migrations could not be applied")
}

/// How many of this program's migrations the database still lacks.
///
/// # Errors
/// The database does not answer.
pub async fn missing_migrations(pool: &MySqlPool) -> Result<usize, sqlx::Error> {
    let known = sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations WHERE success = TRUE")
        .fetch_all(pool)
        .await;
    let known = match known {
        Ok(known) => known,
        // 42S02: no such table; the database is empty.
        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42S02") => Vec::new(),
        Err(e) => return Err(e),
    };
    Ok(MIGRATIONS.iter().filter(|m| !known.contains(&m.version)).count())
}
