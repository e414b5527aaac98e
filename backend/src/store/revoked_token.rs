//! Table `revoked_token`, and what an account says about its tokens.

use super::sweep::PurgeQuery;
use super::{Conn, Result, sql};
use logic::Instant;
use logic::ids::AccountId;
use logic::status::Role;
use sqlx::MySqlExecutor;

/// What the database knows about a token.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct TokenFacts {
    /// The role of its account.
    pub role: Role,
    /// Tokens of the account that were issued before this are refused.
    pub tokens_valid_from: Option<Instant>,
    /// Whether this one was revoked.
    pub revoked: bool,
}

/// What is known about a token of an account; `None` if there is no such account.
pub async fn token_facts(
    db: impl MySqlExecutor<'_>,
    account: AccountId,
    jti: &str,
) -> Result<Option<TokenFacts>> {
    Ok(sqlx::query_as(sql!(
        token_facts,
        "SELECT role, tokens_valid_from, EXISTS(SELECT 1 FROM revoked_token r WHERE r.jti = ?) AS revoked \
         FROM account WHERE id = ?"
    ))
    .bind(jti)
    .bind(account)
    .fetch_optional(db)
    .await?)
}

/// Refuses an account's tokens that were issued before `from`; whether there is such an account.
pub async fn account_revoke_tokens(conn: &mut Conn, account: AccountId, from: Instant) -> Result<bool> {
    let statement = sql!(account_revoke_tokens, "UPDATE account SET tokens_valid_from = ? WHERE id = ?");
    let done = sqlx::query(statement).bind(from).bind(account).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Refuses one token.
pub async fn revoked_token_insert(conn: &mut Conn, jti: &str) -> Result<()> {
    let statement = sql!(
        revoked_token_insert,
        "INSERT INTO revoked_token (jti) VALUES (?) ON DUPLICATE KEY UPDATE jti = jti"
    );
    sqlx::query(statement).bind(jti).execute(conn).await?;
    Ok(())
}

/// Revoked tokens, by the time of their revocation.
pub const REVOKED_TOKEN_PURGE: PurgeQuery = PurgeQuery(sql!(
    revoked_token_purge,
    "DELETE FROM revoked_token WHERE revoked_at < ? ORDER BY revoked_at LIMIT ?"
));
