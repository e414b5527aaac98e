//! Something that holds for every row of a table, and the rows of which it does not.

use crate::store::Result;
use sqlx::MySqlExecutor;

/// Something that holds for every row of a table.
#[derive(Debug)]
pub struct Check {
    /// The table.
    pub table: &'static str,
    /// What is right.
    pub right: &'static str,
    /// Selects the first rows of which it is not: the id, and what is wrong.
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

/// How many rows a check finds at most.
macro_rules! limit {
    () => {
        " LIMIT 10"
    };
}
pub(super) use limit;

/// A [`Check`] of a table: what is right, and the query without its limit.
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
    /// The first rows that it finds.
    pub async fn run(&self, db: impl MySqlExecutor<'_>) -> Result<Vec<Finding>> {
        Ok(sqlx::query_as(self.query).fetch_all(db).await?)
    }
}
