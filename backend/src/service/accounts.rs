//! Logging in.

use super::{Context, profiles};
use crate::auth::{Keys, token};
use crate::error::AppError;
use crate::store;
use crate::unit::{Answer, Unit};
use contract::shapes::LoggedIn;

/// `POST /auth/login`: a token for the account of `openid`, which is made if there is none. The answer holds a secret and
/// is not stored.
pub async fn log_in(context: &Context, unit: &Unit, keys: &Keys, openid: &str) -> Result<Answer, AppError> {
    unit.write(&context.pool, "login", |conn, _| {
        Box::pin(async move {
            let account = store::account_ensure(conn, openid).await?;
            let profiles = profiles::of_account(&mut *conn, account.id).await?;
            let (token, expires_at) =
                token::issue(keys, account.id, account.role, contract::token::MAX_ISSUED_SECONDS)?;
            Ok(Ok(LoggedIn { token, expires_at, account_id: account.id, profiles }))
        })
    })
    .await
}
