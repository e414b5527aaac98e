//! Table `subscription_grant`: consents to subscribe messages that are not used up.

use super::{Conn, Result, sql};
use logic::ids::AccountId;
use sqlx::MySqlExecutor;

/// Banks one accept of a template.
pub async fn subscription_grant_add(conn: &mut Conn, account: AccountId, template_id: &str) -> Result<()> {
    sqlx::query(sql!(
        subscription_grant_add,
        "INSERT INTO subscription_grant (account_id, template_id, remaining) VALUES (?, ?, 1) \
         ON DUPLICATE KEY UPDATE remaining = remaining + 1"
    ))
    .bind(account)
    .bind(template_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many accepts of a template are banked.
pub async fn subscription_grant_remaining(
    conn: &mut Conn,
    account: AccountId,
    template_id: &str,
) -> Result<u32> {
    let remaining: Option<u32> = sqlx::query_scalar(sql!(
        subscription_grant_remaining,
        "SELECT remaining FROM subscription_grant WHERE account_id = ? AND template_id = ?"
    ))
    .bind(account)
    .bind(template_id)
    .fetch_optional(conn)
    .await?;
    Ok(remaining.unwrap_or(0))
}

/// How many accepts of each template are banked, for the first `limit` templates that the account was asked about.
pub async fn subscription_grant_list(
    db: impl MySqlExecutor<'_>,
    account: AccountId,
    limit: u32,
) -> Result<Vec<(String, u32)>> {
    Ok(sqlx::query_as(sql!(
        subscription_grant_list,
        "SELECT template_id, remaining FROM subscription_grant WHERE account_id = ? ORDER BY template_id LIMIT ?"
    ))
    .bind(account)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// Uses up one accept of a template, if one is banked: a message was taken.
pub async fn subscription_grant_spend(conn: &mut Conn, account: AccountId, template_id: &str) -> Result<()> {
    let statement = sql!(
        subscription_grant_spend,
        "UPDATE subscription_grant SET remaining = remaining - 1 \
         WHERE account_id = ? AND template_id = ? AND remaining > 0"
    );
    sqlx::query(statement).bind(account).bind(template_id).execute(conn).await?;
    Ok(())
}

/// Forgets every accept of a template: WeChat says that there is no consent.
pub async fn subscription_grant_void(conn: &mut Conn, account: AccountId, template_id: &str) -> Result<()> {
    let statement = sql!(
        subscription_grant_void,
        "UPDATE subscription_grant SET remaining = 0 WHERE account_id = ? AND template_id = ?"
    );
    sqlx::query(statement).bind(account).bind(template_id).execute(conn).await?;
    Ok(())
}
