//! Table `audit`.

use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use serde_json::Value;
use sqlx::types::Json;

/// What somebody did.
#[derive(Clone, Debug)]
pub struct AuditAct {
    /// `resource.verb`.
    pub action: &'static str,
    /// `resource/id`.
    pub subject: String,
    /// The child that it was about.
    pub profile: Option<ProfileId>,
    /// What it was.
    pub before: Option<Value>,
    /// What it became, or what was asked for.
    pub after: Value,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
}

/// Records what an account did.
pub async fn audit_insert(conn: &mut Conn, account: AccountId, act: &AuditAct, at: Instant) -> Result<()> {
    sqlx::query(sql!(
        audit_insert,
        "INSERT INTO audit (account_id, action, subject, profile_id, before_detail, detail, reason, `at`) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(account)
    .bind(act.action)
    .bind(&act.subject)
    .bind(act.profile)
    .bind(act.before.as_ref().map(Json))
    .bind(Json(&act.after))
    .bind(&act.reason)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}
