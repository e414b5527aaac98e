//! Migrations, run statement by statement, so that what one program began another one finishes.
//!
//! Every statement of a migration either took effect or did not: both servers make DDL atomic. A program that is killed
//! leaves a migration that is marked as begun. The next one runs all its statements again, and takes those for done of
//! which the server says that they are. So a statement of a migration must do no harm when it is run twice.
//!
//! A migration whose file is named `NNNN_contract_….sql` takes away what earlier programs need; every other one only
//! adds. A program goes on over a database with migrations that it does not know, unless one of them is a contraction.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use sqlx::migrate::{Migrate, Migration, Migrator};
use sqlx::mysql::MySqlPool;
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::Instant;

use crate::store::{self, Conn, MigrationRow, StoreError, server_error};

/// Every migration, embedded in the program.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The table in which sqlx, and so every release, notes what was run.
const TABLE: &str = "_sqlx_migrations";
/// How long a program waits for another one's migrations, in seconds.
const WAIT_SECONDS: u32 = 300;
/// How long a statement is run again that loses a lock to those who use its tables, and the time between two attempts.
const CONTENDED_FOR: Duration = Duration::from_secs(60);
const CONTENDED_PAUSE: Duration = Duration::from_secs(1);
/// What the description of a contraction begins with.
const CONTRACT: &str = "contract";

/// What the schema of a database is to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// It has all that this program needs.
    Current,
    /// It lacks migrations of this program.
    Behind {
        /// Their versions.
        missing: Vec<i64>,
    },
    /// A newer program took away what this one needs.
    Contracted {
        /// The version of the migration that did it.
        database: i64,
        /// What it says that it does.
        what: String,
        /// The newest version that this program knows.
        program: i64,
    },
    /// A migration was changed after it was run.
    Changed {
        /// Its version.
        version: i64,
    },
}

impl fmt::Display for SchemaState {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => to.write_str("the schema is up to date"),
            Self::Behind { missing } => {
                let missing: Vec<String> = missing.iter().map(i64::to_string).collect();
                write!(to, "migrations are missing: {}; run `gym migrate`", missing.join(", "))
            }
            Self::Contracted { database, what, program } => write!(
                to,
                "the database is at version {database} ({what}), which this program cannot use: it knows the versions \
                 up to {program}; run a newer program"
            ),
            Self::Changed { version } => {
                write!(to, "migration {version} is not the one that the database has under this number")
            }
        }
    }
}

/// Compares the database's migrations with this program's.
pub async fn schema_state(pool: &MySqlPool) -> Result<SchemaState, StoreError> {
    Ok(compare(&store::migration_list(pool).await?))
}

fn compare(known_to_database: &[MigrationRow]) -> SchemaState {
    let find = |version: i64| MIGRATIONS.iter().find(|migration| migration.version == version);
    for row in known_to_database {
        match find(row.version) {
            None if row.description.starts_with(CONTRACT) => {
                return SchemaState::Contracted {
                    database: row.version,
                    what: row.description.clone(),
                    program: MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0),
                };
            }
            Some(migration) if *migration.checksum != *row.checksum => {
                return SchemaState::Changed { version: row.version };
            }
            _ => {}
        }
    }
    let done = |version| known_to_database.iter().any(|row| row.version == version && row.success);
    let missing: Vec<i64> =
        MIGRATIONS.iter().map(|it| it.version).filter(|version| !done(*version)).collect();
    if missing.is_empty() { SchemaState::Current } else { SchemaState::Behind { missing } }
}

/// Brings the schema up to date; where it is, nothing is written. Safe to run from several programs at once: the second
/// waits for the first.
///
/// # Errors
/// A migration failed, this program is too old for the database, or another program's migrations do not end.
pub async fn migrate(pool: &MySqlPool) -> anyhow::Result<()> {
    match schema_state(pool).await? {
        SchemaState::Current => return Ok(()),
        SchemaState::Behind { .. } => {}
        refused => bail!("{refused}"),
    }
    let mut conn = pool.acquire().await?;
    // Not the lock of sqlx: it asks without a time limit, MariaDB answers NULL to that, and sqlx does not look.
    ensure!(
        store::migration_lock(&mut conn, WAIT_SECONDS).await?,
        "another program has been migrating this database for {WAIT_SECONDS} s: see what it does, then try again"
    );
    let migrated = run_missing(&mut conn).await;
    // Closing the connection gives the lock back, whatever became of the migrations.
    conn.close().await?;
    migrated
}

async fn run_missing(conn: &mut Conn) -> anyhow::Result<()> {
    conn.ensure_migrations_table(TABLE).await.context("the table of migrations cannot be made")?;
    let rows = store::migration_list(&mut *conn).await?;
    let missing = match compare(&rows) {
        SchemaState::Current => return Ok(()),
        SchemaState::Behind { missing } => missing,
        refused => bail!("{refused}"),
    };
    for migration in MIGRATIONS.iter().filter(|migration| missing.contains(&migration.version)) {
        let begun = rows.iter().any(|row| row.version == migration.version);
        run(conn, migration, begun)
            .await
            .with_context(|| format!("migration {} ({})", migration.version, migration.description))?;
    }
    Ok(())
}

/// Runs one migration, which another program may have begun.
async fn run(conn: &mut Conn, migration: &Migration, begun: bool) -> anyhow::Result<()> {
    let started = Instant::now();
    if begun {
        tracing::warn!(version = migration.version, "finishing a migration that a killed program began");
    } else {
        store::migration_begin(conn, migration.version, &migration.description, &migration.checksum).await?;
    }
    for statement in statements(migration.sql.as_str()) {
        match execute(conn, &statement).await {
            Err(error) if begun && server_error::says_done_already(&error, &statement) => {}
            done => {
                let first_line = statement.lines().next().unwrap_or_default().to_owned();
                done.with_context(|| {
                    format!("`{first_line} …` failed; run `gym migrate` to go on from there")
                })?;
            }
        }
    }
    store::migration_end(conn, migration.version, started.elapsed()).await?;
    Ok(())
}

/// Runs a statement, again where it took no effect because others hold locks that it needs. Each attempt waits a short time
/// only: while a change of a table waits, everybody else waits for it.
async fn execute(conn: &mut Conn, statement: &str) -> Result<(), sqlx::Error> {
    // A table that is copied keeps the keys that it had. To look for them again, the server would lock rows of other
    // tables, whose holders wait for this table in turn: under load, no attempt would ever succeed.
    let copies = statement.starts_with("ALTER") && !statement.contains("FOREIGN KEY");
    let checks =
        if copies { "SET SESSION foreign_key_checks = 0" } else { "SET SESSION foreign_key_checks = 1" };
    conn.execute(checks).await?;
    let started = Instant::now();
    loop {
        match conn.execute(AssertSqlSafe(statement.to_owned())).await {
            Err(error) if server_error::is_retryable(&error) && started.elapsed() < CONTENDED_FOR => {
                tracing::warn!(%error, "a migration lost a lock to others and tries again");
                tokio::time::sleep(CONTENDED_PAUSE).await;
            }
            done => return done.map(drop),
        }
    }
}

/// The statements of a migration: each ends with a line that ends in a semicolon.
pub fn statements(sql: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    for line in sql.lines().filter(|line| !line.trim_start().starts_with("--") && !line.trim().is_empty()) {
        statement.push_str(line);
        if line.trim_end().ends_with(';') {
            statements.push(std::mem::take(&mut statement));
        } else {
            statement.push('\n');
        }
    }
    debug_assert!(statement.is_empty(), "the last statement of a migration ends in a semicolon");
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(until: i64) -> Vec<MigrationRow> {
        let row = |migration: &Migration| MigrationRow {
            version: migration.version,
            description: migration.description.to_string(),
            success: true,
            checksum: migration.checksum.to_vec(),
        };
        MIGRATIONS.iter().filter(|migration| migration.version <= until).map(row).collect()
    }

    #[test]
    fn every_migration_is_made_of_whole_statements() {
        for migration in MIGRATIONS.iter() {
            let statements = statements(migration.sql.as_str());
            assert!(!statements.is_empty(), "{}", migration.version);
            for statement in statements {
                let verb = statement.split(' ').next().unwrap();
                assert!(["CREATE", "ALTER", "INSERT", "UPDATE", "SET"].contains(&verb), "{statement}");
                assert_eq!(statement.matches('(').count(), statement.matches(')').count(), "{statement}");
            }
        }
    }

    #[test]
    fn an_older_program_takes_what_was_added_and_refuses_what_was_taken_away() {
        let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap();
        assert_eq!(compare(&rows(newest)), SchemaState::Current);
        let later = |description: &str, success| {
            let mut rows = rows(newest);
            let (version, checksum) = (newest + 7, vec![1]);
            rows.push(MigrationRow { version, description: description.to_owned(), success, checksum });
            compare(&rows)
        };
        assert_eq!(later("another column", true), SchemaState::Current);
        assert_eq!(later("another column", false), SchemaState::Current);
        for success in [true, false] {
            let said = later("contract drop waitlist.rank", success).to_string();
            for part in
                [&*format!("version {}", newest + 7), "drop waitlist.rank", &*format!("up to {newest};")]
            {
                assert!(said.contains(part), "{said}");
            }
        }
    }

    #[test]
    fn a_database_without_a_migration_is_behind_and_a_changed_migration_is_named() {
        assert_eq!(
            compare(&[]),
            SchemaState::Behind { missing: MIGRATIONS.iter().map(|it| it.version).collect() }
        );
        let mut begun = rows(i64::MAX);
        begun[2].success = false;
        assert_eq!(compare(&begun), SchemaState::Behind { missing: vec![3] });
        begun[1].checksum = vec![0];
        assert_eq!(compare(&begun), SchemaState::Changed { version: 2 });
    }
}
