//! Consents to subscribe messages: each accept buys one message of its template.
//!
//! The count is what the mini-program asks by before it asks the member again. It does not stop a message: WeChat
//! alone knows (a member may have ticked "always", or answered on another device), and answers 43101 where there is
//! no consent; then the count falls to zero.

use crate::App;
use crate::auth::Caller;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use contract::shapes::{Consent, Remaining};
use std::collections::BTreeMap;

/// Templates that one call may name: WeChat asks about five at most.
const MAX_TEMPLATES: usize = 20;
/// The column's width.
const MAX_ID: usize = 64;

/// `POST /subscriptions`: banks the accepts; a refusal takes nothing back that was given before.
///
/// # Errors
/// `invalid_request` for an id that is no template of the gym's, where templates are set up.
pub async fn bank(
    app: &App,
    caller: &Caller,
    results: &BTreeMap<String, Consent>,
) -> Result<Remaining, AppError> {
    if results.len() > MAX_TEMPLATES {
        return Err(AppError::invalid(format!("results: at most {MAX_TEMPLATES} templates at once")));
    }
    for id in results.keys() {
        let sane = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !sane || app.messenger.templates().is_some_and(|templates| !templates.knows_id(id)) {
            return Err(AppError::invalid(format!("results: `{id}` is no template of this gym")));
        }
    }
    let account = caller.account.0;
    run_tx(&app.pool, "subscribe", |conn, _| {
        Box::pin(async move {
            let mut remaining = BTreeMap::new();
            for (id, consent) in results {
                if *consent == Consent::Accept {
                    sqlx::query(
                        "INSERT INTO subscription_grant (account_id, template_id, remaining) VALUES (?, ?, 1) \
                         ON DUPLICATE KEY UPDATE remaining = remaining + 1",
                    )
                    .bind(account)
                    .bind(id)
                    .execute(&mut *conn)
                    .await?;
                }
                let left: Option<u32> = sqlx::query_scalar(
                    "SELECT remaining FROM subscription_grant WHERE account_id = ? AND template_id = ?",
                )
                .bind(account)
                .bind(id)
                .fetch_optional(&mut *conn)
                .await?;
                remaining.insert(id.clone(), left.unwrap_or(0));
            }
            Ok(Remaining { remaining })
        })
    })
    .await
}

/// A message of the template was taken: one accept is used up, if one is banked.
///
/// # Errors
/// The database's.
pub(super) async fn spend(conn: &mut Conn, account: i64, template_id: &str) -> Result<(), AppError> {
    let spend = "UPDATE subscription_grant SET remaining = remaining - 1 \
                 WHERE account_id = ? AND template_id = ? AND remaining > 0";
    sqlx::query(spend).bind(account).bind(template_id).execute(conn).await?;
    Ok(())
}

/// WeChat says that there is no consent: then there is none.
///
/// # Errors
/// The database's.
pub(super) async fn void(conn: &mut Conn, account: i64, template_id: &str) -> Result<(), AppError> {
    let void = "UPDATE subscription_grant SET remaining = 0 WHERE account_id = ? AND template_id = ?";
    sqlx::query(void).bind(account).bind(template_id).execute(conn).await?;
    Ok(())
}
