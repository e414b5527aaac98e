//! The caller of an operation.

use logic::ids::AccountId;
use logic::status::Role;

/// The account that calls, in the role that its token and its row agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
}

impl Caller {
    /// Whether the caller may do what is said of `role` (R7.1).
    pub fn is_at_least(&self, role: Role) -> bool {
        self.role.is_at_least(role)
    }
}

/// The edge's cron handler, which shows the edge's secret in place of a token. It has no account, and may only call
/// `process-expiry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeCron;

/// Who has overdue offers settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settler {
    /// Staff or the service, with a token.
    Caller(Caller),
    /// The edge's cron handler.
    EdgeCron,
}
