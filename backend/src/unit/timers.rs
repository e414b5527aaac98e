//! How long a request may take. Limits nest: docs/operations.md has the whole table.

use std::time::Duration;

/// The limits of a request.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// From its arrival to the end of its transaction, all attempts included.
    pub transaction: Duration,
    /// From its arrival to its answer, the resolution of a COMMIT included.
    pub request: Duration,
}

impl Timers {
    /// How long the answer to a COMMIT is looked for, after the time of the transaction.
    pub const RESOLUTION: Duration = Duration::from_millis(800);
}

impl Default for Timers {
    fn default() -> Self {
        Self { transaction: Duration::from_secs(7), request: Duration::from_secs(8) }
    }
}
