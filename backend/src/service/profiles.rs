//! Who goes to class.

use contract::shapes::Profile;
use logic::ids::{AccountId, ProfileId};

use crate::db::Conn;

/// Every profile of an account, in order of id.
///
/// # Errors
/// The database's.
pub async fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Profile>, sqlx::Error> {
    page(conn, account, 0, u32::MAX).await
}

/// Up to `limit` profiles of an account with ids past `after`, in order of id.
///
/// # Errors
/// The database's.
pub async fn page(
    conn: &mut Conn,
    account: AccountId,
    after: i64,
    limit: u32,
) -> Result<Vec<Profile>, sqlx::Error> {
    let rows: Vec<(i64, String, Option<String>)> = sqlx::query_as(
        "SELECT id, name, category FROM profile WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?",
    )
    .bind(account.0)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id, name, category)| Profile { id: ProfileId(id), name, category }).collect())
}
