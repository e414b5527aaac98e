//! What staff changed: who, what, when; in the transaction of the change.

use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, Conn};
use logic::ids::AccountId;
use logic::{Instant, Refusal};
use serde_json::Value;

/// Records that `caller` did `action` (`resource.verb`) to `subject` (`resource/id`), if it is staff and was not
/// refused: settling overdue offers is no change of the caller's.
pub async fn record_staff(
    conn: &mut Conn,
    caller: &Caller,
    answer: &Result<(), Refusal>,
    (action, subject): (&'static str, String),
    detail: Value,
    now: Instant,
) -> Result<(), AppError> {
    if caller.is_staff() && answer.is_ok() {
        store::audit_insert(conn, caller.account, action, &subject, detail, now).await?;
    }
    Ok(())
}

/// The account of what is done at the command line.
const COMMAND_LINE: AccountId = AccountId(0);

/// Records that an operator did `action` to `subject` by a command.
pub async fn record_command(
    conn: &mut Conn,
    (action, subject): (&'static str, String),
    detail: Value,
    now: Instant,
) -> Result<(), AppError> {
    Ok(store::audit_insert(conn, COMMAND_LINE, action, &subject, detail, now).await?)
}
