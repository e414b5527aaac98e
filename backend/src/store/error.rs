//! What can go wrong between the program and its tables.

use super::{Conn, losses, server_error};
use logic::ids::{ProfileId, SessionId};
use sqlx::mysql::MySqlQueryResult;
use std::fmt::Display;

/// A statement that could not be run, or that found other rows than its caller had loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not do it.
    #[error(transparent)]
    Database(sqlx::Error),
    /// The transaction has not locked the profile whose rows it would write.
    #[error("profile {0} is not locked")]
    NotLocked(ProfileId),
    /// A row is not as it was loaded, or contradicts itself, or is not there.
    #[error("{table} {id}: expected {expected}, found {found}")]
    Unexpected {
        /// Where the row is.
        table: &'static str,
        /// Its id.
        id: i64,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
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
    /// A row that is not as expected.
    pub fn unexpected(table: &'static str, id: i64, expected: impl Display, found: impl Display) -> Self {
        Self::Unexpected { table, id, expected: expected.to_string(), found: found.to_string() }
    }

    /// Whether a unique key refused the row (1062).
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(error) if server_error::is_duplicate(error))
    }
}

/// How to read the state of a table's rows for a [`StoreError::Unexpected`].
pub(super) struct RowState {
    /// The table.
    pub(super) table: &'static str,
    /// Selects the state of the row with an id, in words.
    pub(super) select: &'static str,
}

impl RowState {
    /// Checks that a statement changed exactly one row. The error names the `expected` state and the one found.
    pub(super) async fn expect_one(
        &self,
        conn: &mut Conn,
        done: &MySqlQueryResult,
        id: i64,
        expected: impl Display + Send,
    ) -> super::Result<()> {
        self.expect_all(conn, done, 1, &[id], expected).await
    }

    /// Checks that a statement changed `each` rows for every id that it was run for; otherwise says how the first of them
    /// are.
    pub(super) async fn expect_all(
        &self,
        conn: &mut Conn,
        done: &MySqlQueryResult,
        each: usize,
        ids: &[i64],
        expected: impl Display + Send,
    ) -> super::Result<()> {
        let (Some(first), changed) = (ids.first(), done.rows_affected()) else { return Ok(()) };
        if usize::try_from(changed) == Ok(each * ids.len()) {
            return Ok(());
        }
        let mut found = format!("{changed} rows changed:");
        for id in ids.iter().take(8) {
            let row: Option<String> =
                sqlx::query_scalar(self.select).bind(id).fetch_optional(&mut *conn).await?;
            found.push_str(&format!(" {id} {}", row.as_deref().unwrap_or("is not there")));
        }
        Err(StoreError::unexpected(self.table, *first, expected, found))
    }
}

/// Checks that a statement changed as many rows of a locked class as the class counts.
pub(super) fn expect_count(
    done: &MySqlQueryResult,
    class: SessionId,
    what: &'static str,
    expected: impl TryInto<u64>,
) -> super::Result<()> {
    let expected = expected.try_into().unwrap_or(u64::MAX);
    if done.rows_affected() == expected {
        return Ok(());
    }
    let expected = format!("{expected} {what}");
    Err(StoreError::unexpected("class_session", class.0, expected, done.rows_affected()))
}

/// Converts a number of a row to the type that must hold it.
///
/// # Errors
/// [`StoreError::Unexpected`] if it does not.
pub fn fits<T: TryFrom<i64>>(
    table: &'static str,
    id: i64,
    column: &'static str,
    value: i64,
) -> super::Result<T> {
    T::try_from(value)
        .map_err(|_| StoreError::unexpected(table, id, format!("a {column} in its range"), value))
}

/// The id that the server gave to the one inserted row.
pub(super) fn inserted_id(done: &MySqlQueryResult, table: &'static str) -> super::Result<i64> {
    let id = done.last_insert_id();
    i64::try_from(id).map_err(|_| StoreError::unexpected(table, i64::MAX, "an id", id))
}
