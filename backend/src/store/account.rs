//! Table `account`.

use super::{Conn, Result, lock_row, sql};
use logic::ids::AccountId;
use logic::status::Role;
use sqlx::MySqlExecutor;

/// An account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    pub id: AccountId,
    pub role: Role,
    /// The name of a person of the gym.
    pub name: Option<String>,
    /// Whether a verb gave the role: then files leave it as it is.
    pub role_is_set: bool,
}

lock_row!(
    /// Locks an account; whether there is one.
    account_lock,
    "account",
    AccountId
);

/// An account; `None` if there is no such account.
pub async fn account_get(db: impl MySqlExecutor<'_>, id: AccountId) -> Result<Option<AccountRow>> {
    let statement = sql!(account_get, "SELECT id, role, name, role_is_set FROM account WHERE id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(db).await?)
}

/// The account of an openid; one that was never seen becomes a member.
pub async fn account_ensure(conn: &mut Conn, openid: &str) -> Result<AccountRow> {
    sqlx::query(sql!(
        account_ensure,
        "INSERT INTO account (openid, role) VALUES (?, 'member') ON DUPLICATE KEY UPDATE id = id"
    ))
    .bind(openid)
    .execute(&mut *conn)
    .await?;
    let statement = sql!(account_ensure, "SELECT id, role, name, role_is_set FROM account WHERE openid = ?");
    Ok(sqlx::query_as(statement).bind(openid).fetch_one(conn).await?)
}

/// Writes an account under an id of its own. Not ON DUPLICATE KEY: the openid may be another account's, which must not
/// become this one.
///
/// # Errors
/// See [`super::StoreError::is_duplicate`] for an openid that another account has.
pub async fn account_upsert(conn: &mut Conn, id: AccountId, openid: &str, role: Role) -> Result<()> {
    let statement = if account_lock(conn, id).await? {
        sql!(account_upsert, "UPDATE account SET openid = ?, role = ? WHERE id = ?")
    } else {
        sql!(account_upsert, "INSERT INTO account (openid, role, id) VALUES (?, ?, ?)")
    };
    sqlx::query(statement).bind(openid).bind(role).bind(id).execute(conn).await?;
    Ok(())
}
