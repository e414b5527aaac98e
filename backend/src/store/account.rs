//! Table `account`.

use super::many::{id_pieces, push_ids};
use super::{Conn, Result, StoreError, lock_row, sql};
use logic::ids::AccountId;
use logic::status::Role;
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountRow {
    pub id: AccountId,
    pub role: Role,
    /// The name of a person who works at the gym.
    pub name: Option<String>,
    /// Whether a verb gave the role: then files leave it as it is.
    pub role_is_set: bool,
}

lock_row!(
    /// Locks an account. Returns whether it exists.
    account_lock,
    "account",
    AccountId
);

/// An account; `None` if there is no such account.
pub async fn account_get(db: impl MySqlExecutor<'_>, id: AccountId) -> Result<Option<AccountRow>> {
    let statement = sql!(account_get, "SELECT id, role, name, role_is_set FROM account WHERE id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(db).await?)
}

/// Up to `limit` accounts with ids past `after`, in order of id. A role and `q` narrow them: `q` is an id, or what a name
/// begins with, in any case.
pub async fn account_list(
    db: impl MySqlExecutor<'_>,
    q: Option<&str>,
    role: Option<Role>,
    after: i64,
    limit: u32,
) -> Result<Vec<AccountRow>> {
    let mut select =
        QueryBuilder::<MySql>::new(sql!(account_list, "SELECT id, role, name, role_is_set FROM account"));
    select.push(" WHERE id > ").push_bind(after);
    if let Some(role) = role {
        select.push(" AND role = ").push_bind(role);
    }
    if let Some(q) = q {
        select.push(" AND (id = ").push_bind(q.parse::<i64>().unwrap_or(0));
        select.push(" OR LOWER(name) LIKE LOWER(").push_bind(prefix(q)).push(") ESCAPE '!')");
    }
    select.push(" ORDER BY id LIMIT ").push_bind(limit);
    Ok(select.build_query_as().fetch_all(db).await?)
}

/// The pattern of texts that begin with `text`, for LIKE with `!` as its escape: every letter stands for itself.
pub(super) fn prefix(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// The owners.
pub async fn account_owners(conn: &mut Conn) -> Result<Vec<AccountId>> {
    let statement = sql!(account_owners, "SELECT id FROM account WHERE role = 'owner'");
    Ok(sqlx::query_scalar(statement).fetch_all(conn).await?)
}

/// Locks accounts in the order of their ids; those that do not exist are left out.
pub async fn account_lock_all(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<AccountRow>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut rows = Vec::with_capacity(ids.len());
    for piece in id_pieces(&ids) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            account_lock_all,
            "SELECT id, role, name, role_is_set FROM account FORCE INDEX (PRIMARY)"
        ));
        select.push(" WHERE id IN ");
        push_ids(&mut select, piece);
        select.push(" ORDER BY id FOR UPDATE");
        rows.extend(select.build_query_as::<AccountRow>().fetch_all(&mut *conn).await?);
    }
    Ok(rows)
}

/// Gives a locked account the role and name of `after`; it had the role `before`.
pub async fn account_set_role(conn: &mut Conn, before: Role, after: &AccountRow) -> Result<()> {
    let statement = sql!(
        account_set_role,
        "UPDATE account SET role = ?, name = ?, role_is_set = ? WHERE id = ? AND role = ?"
    );
    let done = sqlx::query(statement)
        .bind(after.role)
        .bind(&after.name)
        .bind(after.role_is_set)
        .bind(after.id)
        .bind(before)
        .execute(conn)
        .await?;
    match done.rows_affected() {
        1 => Ok(()),
        rows => Err(StoreError::unexpected("account", after.id.0, format!("the role {before}"), rows)),
    }
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

/// Writes an account with the id that a file gives it. Not ON DUPLICATE KEY: the openid may be another account's, which must not
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
