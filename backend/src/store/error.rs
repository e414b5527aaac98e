//! What can go wrong between the program and its tables.

use super::{losses, server_error};
use logic::ids::ProfileId;
use sqlx::mysql::MySqlQueryResult;

/// A statement that could not be run, or that found other rows than its caller had loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not do it.
    #[error(transparent)]
    Database(sqlx::Error),
    /// A statement changed other rows than it should have: they are not as they were loaded.
    #[error("{statement} changed {actual} rows, not {expected}, for the ids {ids:?}")]
    RowsAffected {
        /// The function that ran it, which begins with the name of its table.
        statement: &'static str,
        /// The ids it was run for.
        ids: Vec<i64>,
        /// Rows that should have changed.
        expected: u64,
        /// Rows that did.
        actual: u64,
    },
    /// Something of a profile was to be written that the transaction has not locked.
    #[error("profile {0} is not locked")]
    NotLocked(ProfileId),
    /// A row contradicts itself, or a row that must be there is not.
    #[error("{table}.{column} of row {row} is inconsistent")]
    Inconsistent {
        /// Where the row is.
        table: &'static str,
        /// What is wrong in it.
        column: &'static str,
        /// Its id.
        row: i64,
    },
}

/// Every error of the driver passes here, so this is where a lost connection is noticed.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        losses::note(&error);
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether a unique key refused the row (1062).
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(error) if server_error::is_duplicate(error))
    }
}

/// Checks that a statement changed the one row that it was run for.
pub(super) fn expect_one_row(done: &MySqlQueryResult, statement: &'static str, id: i64) -> super::Result<()> {
    expect_rows(done, statement, 1, &[id])
}

/// Checks that a statement changed `each` rows for every id that it was run for.
pub(super) fn expect_rows(
    done: &MySqlQueryResult,
    statement: &'static str,
    each: usize,
    ids: &[i64],
) -> super::Result<()> {
    let (actual, expected) = (done.rows_affected(), u64::try_from(each * ids.len()).unwrap_or(u64::MAX));
    if actual == expected {
        return Ok(());
    }
    Err(StoreError::RowsAffected { statement, ids: ids.to_vec(), expected, actual })
}

/// The id that the server gave to the one inserted row.
pub(super) fn inserted_id(done: &MySqlQueryResult, table: &'static str) -> super::Result<i64> {
    let id = done.last_insert_id();
    i64::try_from(id).map_err(|_| StoreError::Inconsistent { table, column: "id", row: i64::MAX })
}
