//! An invariant of a table, and the rows that violate it.

use crate::store::Result;
use sqlx::MySqlExecutor;

/// An invariant of a table.
#[derive(Debug)]
pub struct Check {
    /// The table.
    pub table: &'static str,
    /// The invariant, in words.
    pub right: &'static str,
    /// Selects the first rows that violate it: their ids, and what is wrong.
    pub(super) query: &'static str,
}

/// A row that a check found.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Finding {
    /// Its id; where the key has several columns, their values.
    pub id: String,
    /// What is wrong.
    pub wrong: String,
}

/// The most rows that a check reports.
macro_rules! limit {
    () => {
        " LIMIT 10"
    };
}
pub(super) use limit;

/// A [`Check`] of a table: the invariant in words, and the query without its limit.
macro_rules! check {
    ($table:literal, $right:literal, $query:literal) => {
        $crate::store::checks::check::Check {
            table: $table,
            right: $right,
            query: concat!($query, $crate::store::checks::check::limit!()),
        }
    };
}
pub(super) use check;

impl Check {
    /// Returns the first rows that violate it.
    pub async fn run(&self, db: impl MySqlExecutor<'_>) -> Result<Vec<Finding>> {
        Ok(sqlx::query_as(self.query).fetch_all(db).await?)
    }
}
