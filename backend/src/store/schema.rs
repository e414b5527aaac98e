//! The schema as the server describes it, and the rows that its foreign keys forbid.

use super::{Finding, Result, sql};
use sqlx::{AssertSqlSafe, MySqlExecutor};

/// A key or a constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct SchemaPart {
    pub table_name: String,
    /// `KEY`, `UNIQUE`, `CHECK` or `FOREIGN KEY`.
    pub kind: String,
    pub name: String,
}

/// A foreign key of one column.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ForeignKey {
    pub table_name: String,
    pub column_name: String,
    pub referenced_table: String,
    pub referenced_column: String,
    /// The columns of the table's primary key, with commas between them.
    pub primary_key: String,
}

/// The keys and constraints of the database, but for primary keys, in order. A unique key is a `KEY` too.
pub async fn schema_list(db: impl MySqlExecutor<'_>) -> Result<Vec<SchemaPart>> {
    Ok(sqlx::query_as(sql!(
        schema_list,
        "SELECT CONVERT(table_name USING utf8mb4) AS table_name, CONVERT(constraint_type USING utf8mb4) AS kind, \
           CONVERT(constraint_name USING utf8mb4) AS name FROM information_schema.table_constraints \
         WHERE table_schema = DATABASE() AND constraint_type <> 'PRIMARY KEY' \
         UNION SELECT CONVERT(table_name USING utf8mb4), 'KEY', CONVERT(index_name USING utf8mb4) \
         FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' \
         ORDER BY table_name, kind, name"
    ))
    .fetch_all(db)
    .await?)
}

/// The foreign keys of the database, in the order of their tables.
pub async fn schema_list_foreign_keys(db: impl MySqlExecutor<'_>) -> Result<Vec<ForeignKey>> {
    Ok(sqlx::query_as(sql!(
        schema_list_foreign_keys,
        "SELECT CONVERT(k.table_name USING utf8mb4) AS table_name, CONVERT(k.column_name USING utf8mb4) AS column_name, \
           CONVERT(k.referenced_table_name USING utf8mb4) AS referenced_table, \
           CONVERT(k.referenced_column_name USING utf8mb4) AS referenced_column, \
           (SELECT GROUP_CONCAT(CONVERT(p.column_name USING utf8mb4) ORDER BY p.ordinal_position) \
            FROM information_schema.key_column_usage p WHERE p.table_schema = k.table_schema \
            AND p.table_name = k.table_name AND p.constraint_name = 'PRIMARY') AS primary_key \
         FROM information_schema.key_column_usage k \
         WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL \
         ORDER BY k.table_name, k.column_name"
    ))
    .fetch_all(db)
    .await?)
}

/// The first rows whose reference leads to no row.
pub async fn schema_list_orphans(db: impl MySqlExecutor<'_>, key: &ForeignKey) -> Result<Vec<Finding>> {
    let ForeignKey { table_name, column_name, referenced_table, referenced_column, primary_key } = key;
    let statement = format!(
        "-- schema_list_orphans\nSELECT CONCAT_WS(' ', {}) AS id, \
         CONCAT('{column_name} is ', t.`{column_name}`, ', there is no such {referenced_table}') AS wrong \
         FROM `{table_name}` t LEFT JOIN `{referenced_table}` r ON r.`{referenced_column}` = t.`{column_name}` \
         WHERE t.`{column_name}` IS NOT NULL AND r.`{referenced_column}` IS NULL ORDER BY id LIMIT 10",
        primary_key.split(',').map(|column| format!("t.`{column}`")).collect::<Vec<_>>().join(", ")
    );
    Ok(sqlx::query_as(AssertSqlSafe(statement)).fetch_all(db).await?)
}
