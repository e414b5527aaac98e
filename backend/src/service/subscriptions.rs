//! Consents to subscribe messages: each accept buys one message of its template.
//!
//! The mini-program reads the count before it asks the member again. The count does not stop a message: only WeChat knows
//! (a member may have ticked "always", or answered on another device) and answers 43101 where there is no consent; then
//! the count falls to zero.

use super::Context;
use crate::auth::Caller;
use crate::error::AppError;
use crate::store;
use crate::unit::{Answer, Unit};
use contract::shapes::Remaining;
use std::collections::BTreeMap;

/// Templates that one call may name: WeChat asks about five at most.
pub const TEMPLATES_MAX: usize = 20;
/// The width of the column.
pub const TEMPLATE_ID_MAX: usize = 64;
/// Templates that a read shows: a gym has one for each kind of message at most.
const TEMPLATES_SHOWN_MAX: u32 = 100;

/// Whether a result of `wx.requestSubscribeMessage` is a consent. `acceptWithAudio` and the like are accepts with a
/// wish about the sound. WeChat's list is open: what is not known is no consent, and no reason to refuse the others.
fn is_accept(result: &str) -> bool {
    result.starts_with("accept")
}

/// `POST /subscriptions`: banks the accepts; a refusal takes nothing back that was given before.
///
/// # Errors
/// `invalid_request` for an id that is no template of the gym, where templates are set up.
pub async fn bank(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    results: &BTreeMap<String, String>,
) -> Result<Answer, AppError> {
    if results.len() > TEMPLATES_MAX {
        return Err(AppError::invalid(format!("results: at most {TEMPLATES_MAX} templates at once")));
    }
    for id in results.keys() {
        let sane =
            (1..=TEMPLATE_ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !sane || context.messenger.templates().is_some_and(|templates| !templates.knows_id(id)) {
            return Err(AppError::invalid(format!("results: `{id}` is no template of this gym")));
        }
    }
    let account = caller.account;
    unit.write(&context.pool, "subscribe", |conn, _| {
        Box::pin(async move {
            let mut remaining = BTreeMap::new();
            for (id, consent) in results {
                if is_accept(consent) {
                    store::subscription_grant_add(conn, account, id).await?;
                }
                let left = store::subscription_grant_remaining(conn, account, id).await?;
                remaining.insert(id.clone(), left);
            }
            Ok(Ok(Remaining { remaining }))
        })
    })
    .await
}

/// `GET /subscriptions`: the consents of the caller's account that no message has used yet.
pub async fn remaining(context: &Context, caller: &Caller) -> Result<Remaining, AppError> {
    let rows = store::subscription_grant_list(&context.pool, caller.account, TEMPLATES_SHOWN_MAX).await?;
    Ok(Remaining { remaining: rows.into_iter().collect() })
}
