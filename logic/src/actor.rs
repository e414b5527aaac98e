//! Who acts.

use crate::status::Reason;

/// Who gives a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The member.
    Member,
    /// The gym's staff.
    Staff,
}

impl Actor {
    /// The flow reason of an offer that this actor ended (R2.59, R2.67).
    pub const fn reason(self) -> Reason {
        match self {
            Self::Member => Reason::UserCancelled,
            Self::Staff => Reason::ManualCancel,
        }
    }
}
