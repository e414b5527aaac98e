//! The children (or adults) of an account.

use crate::error::AppError;
use crate::store;
use contract::shapes::Profile;
use logic::ids::AccountId;
use sqlx::MySqlExecutor;

/// Every profile of an account, in order of id.
pub async fn of_account(db: impl MySqlExecutor<'_>, account: AccountId) -> Result<Vec<Profile>, AppError> {
    page(db, account, 0, u32::MAX).await
}

/// Up to `limit` profiles of an account with ids past `after`, in order of id.
pub async fn page(
    db: impl MySqlExecutor<'_>,
    account: AccountId,
    after: i64,
    limit: u32,
) -> Result<Vec<Profile>, AppError> {
    let rows = store::profile_list(db, account, after, limit).await?;
    let profile = |row: store::ProfileRow| Profile { id: row.id, name: row.name, category: row.category };
    Ok(rows.into_iter().map(profile).collect())
}
