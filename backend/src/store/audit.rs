//! Table `audit`.

use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::AccountId;
use serde_json::Value;
use sqlx::types::Json;

/// Records that an account did `action` (`resource.verb`) to `subject` (`resource/id`).
pub async fn audit_insert(
    conn: &mut Conn,
    account: AccountId,
    action: &str,
    subject: &str,
    detail: Value,
    at: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        audit_insert,
        "INSERT INTO audit (account_id, action, subject, detail, `at`) VALUES (?, ?, ?, ?, ?)"
    ))
    .bind(account)
    .bind(action)
    .bind(subject)
    .bind(Json(detail))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}
