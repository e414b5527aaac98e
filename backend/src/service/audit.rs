//! What people of the gym changed: who, what, when; in the transaction of the change.

use super::access::Acting;
use crate::error::AppError;
use crate::store::{self, AuditAct, Conn};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use logic::session::Actor;
use serde_json::Value;

/// What was done.
#[derive(Clone, Debug)]
pub struct Act(AuditAct);

impl Act {
    /// `action` (`resource.verb`) on `subject` (`resource/id`).
    pub fn new(action: &'static str, subject: impl Into<String>) -> Self {
        Self(AuditAct {
            action,
            subject: subject.into(),
            profile: None,
            before: None,
            after: Value::Object(serde_json::Map::new()),
            reason: None,
        })
    }

    /// To a child.
    #[must_use]
    pub fn to(mut self, profile: ProfileId) -> Self {
        self.0.profile = Some(profile);
        self
    }

    /// What it was.
    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.0.before = Some(before);
        self
    }

    /// What it became, or what was asked for.
    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.0.after = after;
        self
    }
}

/// Records what was done for a child by somebody other than its family (R7.4).
///
/// # Errors
/// The row cannot be written.
pub async fn record_for(conn: &mut Conn, acting: &Acting, act: Act, now: Instant) -> Result<(), AppError> {
    match acting.by {
        Actor::Staff => record(conn, acting.account, act, now).await,
        Actor::Member => Ok(()),
    }
}

/// Records a power over a class, a person or an account (R7.4).
///
/// # Errors
/// The row cannot be written.
pub async fn record(conn: &mut Conn, account: AccountId, act: Act, now: Instant) -> Result<(), AppError> {
    Ok(store::audit_insert(conn, account, &act.0, now).await?)
}

/// The account of what is done at the command line.
pub const COMMAND_LINE: AccountId = AccountId(0);

/// Records what an operator did by a command.
///
/// # Errors
/// The row cannot be written.
pub async fn record_command(conn: &mut Conn, act: Act, now: Instant) -> Result<(), AppError> {
    record(conn, COMMAND_LINE, act, now).await
}
