//! Table `compensation_event`: the ledger of class credit. Rows are only added.

use super::list::{BindListParams, owned, page};
use super::{Conn, OwnerFilter, ProfileLock, Result, sql};
use crate::paging::Paging;
use logic::Instant;
use logic::compensation::UsageType;
use logic::ids::{BookingId, GrantId};
use logic::ledger::LedgerEntry;
use logic::status::Movement;
use sqlx::MySqlExecutor;

/// A movement of minutes on a grant.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CompensationEventRow {
    pub id: i64,
    /// When it was.
    pub at: Instant,
    pub kind: Movement,
    #[sqlx(try_from = "i32")]
    pub minutes: u32,
    #[sqlx(try_from = "i32")]
    pub remaining_minutes: u32,
    pub compensation_id: GrantId,
    pub booking_id: Option<BookingId>,
    pub usage_type: Option<UsageType>,
}

/// A page of someone's movements, the newest first.
pub async fn compensation_event_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    list: &Paging,
) -> Result<Vec<CompensationEventRow>> {
    Ok(sqlx::query_as(sql!(
        compensation_event_list,
        "SELECT e.id, e.`at`, e.kind, e.minutes, e.remaining_minutes, e.compensation_id, e.booking_id, e.usage_type \
         FROM compensation_event e WHERE ",
        owned!("e.profile_id"),
        " AND ",
        page!("e.`at`", "e.id", newest first)
    ))
    .bind_owner(owner)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// Enters a movement on a grant of a locked profile in the ledger.
pub async fn compensation_event_insert(
    conn: &mut Conn,
    profile: &ProfileLock,
    moved: &LedgerEntry,
) -> Result<()> {
    sqlx::query(sql!(
        compensation_event_insert,
        "INSERT INTO compensation_event (compensation_id, profile_id, booking_id, kind, minutes, \
         remaining_minutes, usage_type, `at`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(moved.grant)
    .bind(profile.id())
    .bind(moved.booking)
    .bind(moved.kind)
    .bind(moved.minutes)
    .bind(moved.remaining)
    .bind(moved.usage_type)
    .bind(moved.at)
    .execute(conn)
    .await?;
    Ok(())
}
