//! Table `guardian`: the accounts that may act for a profile.

use super::list::{BindListParams, page};
use super::many::{id_pieces, push_ids};
use super::{Conn, ProfileLock, Result, sql};
use crate::paging::Paging;
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// Whether the account that is bound is a guardian of the profile of a column.
macro_rules! is_guardian {
    ($profile:literal) => {
        concat!(
            "EXISTS(SELECT 1 FROM guardian own WHERE own.profile_id = ",
            $profile,
            " AND own.account_id = ?)"
        )
    };
}
pub(super) use is_guardian;

/// The guardians of the profile of a column, to be read as [`Guardians`](super::Guardians).
macro_rules! guardians {
    ($profile:literal) => {
        concat!(
            "(SELECT GROUP_CONCAT(own.account_id) FROM guardian own WHERE own.profile_id = ",
            $profile,
            ")"
        )
    };
}
pub(super) use guardians;

/// A guardian of a profile.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GuardianRow {
    pub account_id: AccountId,
    /// What the gym calls the account.
    pub name: Option<String>,
    /// The first guardian, who stands in `profile.account_id`.
    pub is_first: bool,
    pub told: bool,
    pub since: Instant,
}

macro_rules! select {
    ($name:ident, $($rest:tt)+) => {
        sql!(
            $name,
            "SELECT g.account_id, a.name, g.account_id <=> p.account_id AS is_first, g.told, g.since \
             FROM guardian g JOIN profile p ON p.id = g.profile_id JOIN account a ON a.id = g.account_id WHERE g.profile_id = ? ",
            $($rest)+
        )
    };
}

/// The guardians of a locked profile, in the order in which they became guardians.
pub async fn guardian_list_all(conn: &mut Conn, profile: &ProfileLock) -> Result<Vec<GuardianRow>> {
    let statement = select!(guardian_list_all, "ORDER BY g.since, g.account_id");
    Ok(sqlx::query_as(statement).bind(profile.id()).fetch_all(conn).await?)
}

/// A page of the guardians of a profile, in the order in which they became guardians.
pub async fn guardian_list(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
    list: &Paging,
) -> Result<Vec<GuardianRow>> {
    let statement = select!(guardian_list, "AND ", page!("g.since", "g.account_id", oldest first));
    Ok(sqlx::query_as(statement).bind(profile).bind_page(list).fetch_all(db).await?)
}

/// A guardian with its profile.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GuardianOf {
    pub profile_id: ProfileId,
    #[sqlx(flatten)]
    pub guardian: GuardianRow,
}

/// The guardians of profiles, in the order in which they became guardians.
pub async fn guardian_list_of(conn: &mut Conn, profiles: &[ProfileId]) -> Result<Vec<GuardianOf>> {
    let mut rows = Vec::new();
    for piece in id_pieces(profiles) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            guardian_list_of,
            "SELECT g.profile_id, g.account_id, a.name, g.account_id <=> p.account_id AS is_first, g.told, g.since \
             FROM guardian g JOIN profile p ON p.id = g.profile_id JOIN account a ON a.id = g.account_id \
             WHERE g.profile_id IN "
        ));
        push_ids(&mut select, piece);
        select.push(" ORDER BY g.since, g.account_id");
        rows.extend(select.build_query_as::<GuardianOf>().fetch_all(&mut *conn).await?);
    }
    Ok(rows)
}

/// Makes an account a guardian, who is told.
pub async fn guardian_insert(
    conn: &mut Conn,
    profile: &ProfileLock,
    account: AccountId,
    now: Instant,
) -> Result<()> {
    let statement = sql!(
        guardian_insert,
        "INSERT INTO guardian (profile_id, account_id, told, since) VALUES (?, ?, 1, ?)"
    );
    sqlx::query(statement).bind(profile.id()).bind(account).bind(now).execute(conn).await?;
    Ok(())
}

/// Writes whether a guardian is told.
pub async fn guardian_set_told(
    conn: &mut Conn,
    profile: &ProfileLock,
    account: AccountId,
    told: bool,
) -> Result<()> {
    let statement =
        sql!(guardian_set_told, "UPDATE guardian SET told = ? WHERE profile_id = ? AND account_id = ?");
    sqlx::query(statement).bind(told).bind(profile.id()).bind(account).execute(conn).await?;
    Ok(())
}

/// Takes a guardian away.
pub async fn guardian_delete(conn: &mut Conn, profile: &ProfileLock, account: AccountId) -> Result<()> {
    let statement = sql!(guardian_delete, "DELETE FROM guardian WHERE profile_id = ? AND account_id = ?");
    sqlx::query(statement).bind(profile.id()).bind(account).execute(conn).await?;
    Ok(())
}
