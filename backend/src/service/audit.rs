//! What staff changed: who, what, when; in the transaction of the change.

use crate::auth::Caller;
use crate::db::Conn;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::{Instant, Refusal};
use serde_json::Value;
use sqlx::types::Json;

/// Writes down that `caller` did `action` (`resource.verb`) to `subject` (`resource/id`), if it is staff and was
/// not refused: what changed nothing but overdue offers is no change of theirs.
///
/// # Errors
/// The database's.
pub async fn staff_did(
    conn: &mut Conn,
    caller: &Caller,
    answer: &Result<(), Refusal>,
    action: &'static str,
    subject: String,
    detail: Value,
    now: Instant,
) -> Result<(), AppError> {
    if !caller.is_staff() || answer.is_err() {
        return Ok(());
    }
    sqlx::query("INSERT INTO audit (account_id, action, subject, detail, `at`) VALUES (?, ?, ?, ?, ?)")
        .bind(caller.account.0)
        .bind(action)
        .bind(subject)
        .bind(Json(detail))
        .bind(DateTime::<Utc>::from(now))
        .execute(conn)
        .await?;
    Ok(())
}
