//! What the numbers of the server's errors mean, on MySQL and on MariaDB.

use sqlx::mysql::MySqlDatabaseError;

/// The server's error number, if the server said it.
pub fn number(error: &sqlx::Error) -> Option<u16> {
    error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// Whether a unique key refused the row (1062).
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    number(error) == Some(1062)
}

/// Whether the whole transaction should be run again: none of it took effect, and it may succeed now.
pub fn is_retryable(error: &sqlx::Error) -> bool {
    match number(error) {
        // A deadlock; a lock wait that ran out; a row that changed since it was read (MariaDB).
        Some(1213 | 1205 | 1020) => true,
        // The group of servers rolled the commit back, because another server changed the same rows (MySQL).
        Some(3101) => true,
        // The server had closed the connection, because nobody used it for long (MySQL).
        Some(4031) => true,
        _ => false,
    }
}

/// Whether the database cannot serve anybody for now: no request is to blame, and no other would fare better.
pub fn is_away(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
    if matches!(error, Io(_) | PoolClosed | PoolTimedOut | Tls(_)) {
        return true;
    }
    match number(error) {
        // Too many connections, of all or of this user.
        Some(1040 | 1203 | 1226) => true,
        // Shutting down, or the connection was killed.
        Some(1053 | 1077 | 1079 | 1927 | 4031) => true,
        // Read-only: a replica, or a primary that was just replaced.
        Some(1290 | 1792 | 1836) => true,
        // The group of servers has no majority, or is changing its primary (MySQL); the node is not in the cluster
        // (MariaDB with Galera).
        Some(1047 | 3098 | 3100 | 3101) => true,
        _ => false,
    }
}

/// Whether the server took too long over a statement, or for a lock: the same request may succeed later.
pub fn is_contended(error: &sqlx::Error) -> bool {
    match number(error) {
        Some(1213 | 1205 | 1020) => true,
        // Interrupted: by an operator; by a limit on the time of statements (MySQL; MariaDB).
        Some(1317 | 3024 | 1969) => true,
        _ => false,
    }
}

/// Whether the connection leads to a server that should not be asked again: it has closed the connection, or it is no
/// longer the one that takes writes. Its reads would be stale, and nobody would notice.
pub fn spoils_connection(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1047 | 1053 | 1290 | 1792 | 1836 | 3100 | 4031))
}

/// Whether the server refused a statement of a migration because it took effect before.
pub fn says_done_already(error: &sqlx::Error, statement: &str) -> bool {
    match number(error) {
        // The table, the column or the key is there; the foreign key or the check is (MySQL).
        Some(1050 | 1060 | 1061 | 1826 | 3822) => true,
        // The foreign key is there (MariaDB). Other numbers than 121 are other troubles.
        Some(1005) => error.to_string().contains("errno: 121"),
        // What is dropped is gone: a table; a column or a key.
        Some(1051 | 1091) => true,
        // A row is there. A unique key that finds two equal rows says the same, and is not done.
        Some(1062) => statement.starts_with("INSERT"),
        _ => false,
    }
}
