//! The database: how it is reached, migrated and written to.

mod migrations;
mod schema;
pub mod tx;

use std::time::Duration;

use anyhow::{Context, anyhow};
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::store;
pub use crate::store::Conn;
pub use migrations::{MIGRATIONS, SchemaState, migrate, schema_state, statements};
pub use schema::{MissingPart, missing_parts, parts_of_migrations};
pub use tx::{Terms, on_commit, run_tx, run_tx_on};

/// Connections for requests, per process. Short transactions: more would only queue inside the server.
const REQUEST_CONNECTIONS: u32 = 24;
/// Connections that all sweeps share, beside those: a quarter of all.
const SWEEP_CONNECTIONS: u32 = 8;
/// Connections that transactions on one class may hold at once, most of them waiting for its lock: a fifth of the
/// requests' own.
pub const CLASS_CONNECTIONS: usize = 5;
/// Statements that a connection keeps prepared: more than this program has, so that none is prepared twice.
const STATEMENTS: usize = 512;
/// How long a request waits for a connection before it answers `unavailable`.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a sweep waits for one. Nobody waits for a sweep, and the other sweeps may hold them all for a while.
const SWEEP_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a statement waits for a lock, in seconds, before the transaction is run again.
pub const LOCK_WAIT_SECONDS: u32 = 2;
/// How long the server keeps a connection that says nothing, in seconds: what a stuck program holds ends after it.
pub const WAIT_TIMEOUT_SECONDS: u32 = 45;
/// How long the pool keeps a connection that nobody uses. It looks no more often than this, so a connection may be idle
/// for twice as long: see [`LOOK_AFTER`].
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that was idle for this long is looked at before it is used: the server, or what stands between, may have
/// closed it.
pub const LOOK_AFTER: Duration = Duration::from_secs(20);
/// How long such a look may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// What every connection is set to. Between the service and the server there may be a pooler that forgets this: so the
/// server's own defaults should be the same (`gym doctor` compares them), and a transaction names its isolation itself.
fn session() -> String {
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}, wait_timeout = {WAIT_TIMEOUT_SECONDS}, \
         sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"
    )
}

/// What a server is started with, as `mysqld` and `mariadbd` take it, so that its own defaults are what [`connect`] sets.
pub fn server_arguments() -> Vec<String> {
    vec![
        "--transaction-isolation=READ-COMMITTED".to_owned(),
        "--default-time-zone=+00:00".to_owned(),
        format!("--innodb-lock-wait-timeout={LOCK_WAIT_SECONDS}"),
        format!("--wait-timeout={WAIT_TIMEOUT_SECONDS}"),
    ]
}

/// Opens a pool on `url`, every session in READ COMMITTED with strict types and a bounded wait for locks.
pub async fn connect(url: &str) -> anyhow::Result<MySqlPool> {
    let is_ours = ["mysql://", "mariadb://"].iter().any(|scheme| url.starts_with(scheme));
    let options: Option<MySqlConnectOptions> = url.parse().ok().filter(|_| is_ours);
    let options =
        options.context("DATABASE_URL is not an address like mysql://user:password@host:3306/database")?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    pool_options(LOOK_AFTER)
        .max_connections(REQUEST_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.statement_cache_capacity(STATEMENTS).disable_statement_logging())
        .await
        // The driver's errors say their causes themselves.
        .map_err(|error| anyhow!("the database at {place} cannot be used: {error}"))
}

/// The connections of the sweeps, to the database of `requests`; none is opened before a sweep needs it.
pub fn sweep_pool(requests: &MySqlPool) -> MySqlPool {
    pool_options(LOOK_AFTER)
        .max_connections(SWEEP_CONNECTIONS)
        .acquire_timeout(SWEEP_ACQUIRE_TIMEOUT)
        .connect_lazy_with((*requests.connect_options()).clone())
}

/// What both pools have in common: a connection that was idle for `look_after` is looked at before it is used.
pub fn pool_options(look_after: Duration) -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .idle_timeout(IDLE_TIMEOUT)
        // No round trip before every use: the first loss tells of all connections that are as old.
        .test_before_acquire(false)
        .before_acquire(move |conn, used| {
            Box::pin(async move {
                if store::loss_since(used.age) {
                    return Ok(false);
                }
                let look = used.idle_for >= look_after;
                Ok(!look || matches!(tokio::time::timeout(LOOK_TIMEOUT, conn.ping()).await, Ok(Ok(()))))
            })
        })
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(AssertSqlSafe(session())).await?;
                Ok(())
            })
        })
}
