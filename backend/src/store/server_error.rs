//! What the numbers of the server's errors mean, on MySQL and on MariaDB.

use sqlx::mysql::MySqlDatabaseError;

/// What an error of the server means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// None of the transaction took effect, and it may succeed if it is run again.
    Conflict,
    /// A statement was ended early: the same request may succeed later.
    Interrupted,
    /// The server has closed the connection, or is about to end.
    Away,
    /// The server takes no writes: a replica, or a primary that was just replaced.
    ReadOnly,
    /// The group of servers has no majority, or is changing its primary.
    FailingOver,
    /// A disk or a table is full.
    Full,
    /// Too many connections, or too much asked, of all or of this user.
    TooMany,
    /// The server does not let the service in.
    Denied,
    /// A fault of the statement, and so of the service.
    Fault,
}

impl Meaning {
    /// The table of all numbers that mean something.
    const fn of(number: u16) -> Self {
        match number {
            // A deadlock; a lock wait that ran out; a row that changed since it was read (MariaDB); a commit that another
            // server of the group was ahead of (MySQL).
            1213 | 1205 | 1020 | 3101 => Self::Conflict,
            // By an operator; by a limit on the time of statements (MySQL; MariaDB); while it committed.
            1317 | 3024 | 1969 | 1180 => Self::Interrupted,
            // Shutting down; the network; killed; nobody used the connection for long (MySQL).
            1053 | 1077 | 1079 | 1158..=1161 | 1927 | 4031 => Self::Away,
            1290 | 1792 | 1836 => Self::ReadOnly,
            // Galera; group replication.
            1047 | 3098 | 3100 => Self::FailingOver,
            1021 | 1114 => Self::Full,
            1040 | 1129 | 1203 | 1226 => Self::TooMany,
            1045 => Self::Denied,
            _ => Self::Fault,
        }
    }
}

/// The server's error number, if the server said it.
pub fn number(error: &sqlx::Error) -> Option<u16> {
    error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

fn meaning(error: &sqlx::Error) -> Option<Meaning> {
    number(error).map(Meaning::of)
}

/// Whether a unique key refused the row (1062).
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    number(error) == Some(1062)
}

/// Whether the whole transaction should be run again: none of it took effect, and it may succeed now.
pub fn is_retryable(error: &sqlx::Error) -> bool {
    meaning(error) == Some(Meaning::Conflict)
}

/// Whether the database cannot serve anybody for now: no request is to blame, and no other would fare better.
pub fn is_away(error: &sqlx::Error) -> bool {
    use Meaning::{Away, Denied, FailingOver, Full, ReadOnly, TooMany};
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
    matches!(error, Io(_) | PoolClosed | PoolTimedOut | Tls(_))
        || matches!(meaning(error), Some(Away | ReadOnly | FailingOver | Full | TooMany | Denied))
}

/// Whether the server took too long over a statement, or for a lock: the same request may succeed later.
pub fn is_contended(error: &sqlx::Error) -> bool {
    matches!(meaning(error), Some(Meaning::Conflict | Meaning::Interrupted))
}

/// Whether a COMMIT that ended in this error may have taken effect all the same: the connection died, or the server
/// gave up on it half way.
pub fn leaves_commit_unknown(error: &sqlx::Error) -> bool {
    matches!(number(error), None | Some(1180 | 1317 | 3100)) || meaning(error) == Some(Meaning::Away)
}

/// Whether the connection leads to a server that should not be asked again: it has closed the connection, or it is no
/// longer the one that takes writes. Its reads would be stale, and nobody would notice.
pub fn spoils_connection(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1047 | 1053 | 1158..=1161 | 1290 | 1792 | 1836 | 1927 | 3100 | 4031))
}

/// Whether the server refused a statement of a migration because it took effect before.
pub fn says_done_already(error: &sqlx::Error, statement: &str) -> bool {
    match number(error) {
        // The table, column or key exists; the foreign key or check exists (MySQL).
        Some(1050 | 1060 | 1061 | 1826 | 3822) => true,
        // The foreign key exists (MariaDB). Any number but 121 is another fault.
        Some(1005) => error.to_string().contains("errno: 121"),
        // What is dropped is gone: a table; a column or a key.
        Some(1051 | 1091) => true,
        // A row is there. A unique key that finds two equal rows says the same, and is not done.
        Some(1062) => statement.starts_with("INSERT"),
        _ => false,
    }
}
