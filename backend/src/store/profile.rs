//! Table `profile`.

use super::many::push_ids;
use super::{ClassSession, Conn, Result, lock_row, sql};
use logic::ids::{AccountId, ProfileId};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// A profile.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileRow {
    pub id: ProfileId,
    pub name: String,
    /// The plan's column; the program writes none.
    pub category: Option<String>,
}

/// A locked profile that wants to join the queue of a class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JoinerRow {
    pub id: ProfileId,
    pub account_id: AccountId,
    pub booked: bool,
    pub course_name: String,
}

/// Who is told something, and about which class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recipient {
    /// The id of the row that the message is about.
    pub about: i64,
    pub account_id: AccountId,
    pub openid: String,
    pub profile_id: ProfileId,
    pub profile_name: String,
    pub course_name: String,
}

lock_row!(
    /// Locks a profile; whether there is one. Always after the class: what a profile has in other classes (overlapping
    /// bookings, the number of its waitlists, its credit) then does not change until the transaction ends.
    profile_lock,
    "profile",
    ProfileId
);

/// Locks the profiles, in the order of their ids, under the lock of the class that they want to join. Those that do not
/// exist are left out.
pub async fn profile_lock_joiners(
    conn: &mut Conn,
    class: &ClassSession,
    profiles: &[ProfileId],
) -> Result<Vec<JoinerRow>> {
    // Rows of other tables are read, not locked: the lock of the class keeps its bookings as they are.
    let mut select = QueryBuilder::<MySql>::new(sql!(
        profile_lock_joiners,
        "SELECT p.id, p.account_id, EXISTS(SELECT 1 FROM booking b WHERE b.session_id = "
    ));
    select
        .push_bind(class.id)
        .push(
            " AND b.live_profile_id = p.id) AS booked, (SELECT c.name FROM course_schedule t \
             JOIN course c ON c.id = t.course_id WHERE t.id = ",
        )
        .push_bind(class.course_schedule_id)
        .push(") AS course_name FROM profile p FORCE INDEX (PRIMARY) WHERE p.id IN ");
    push_ids(&mut select, profiles);
    select.push(" ORDER BY p.id FOR UPDATE");
    Ok(select.build_query_as().fetch_all(conn).await?)
}

/// The account that a profile belongs to; `None` if there is no such profile.
pub async fn profile_owner(db: impl MySqlExecutor<'_>, id: ProfileId) -> Result<Option<AccountId>> {
    let statement = sql!(profile_owner, "SELECT account_id FROM profile WHERE id = ?");
    Ok(sqlx::query_scalar(statement).bind(id).fetch_optional(db).await?)
}

/// Up to `limit` profiles of an account with ids past `after`, in order of id.
pub async fn profile_list(
    db: impl MySqlExecutor<'_>,
    account: AccountId,
    after: i64,
    limit: u32,
) -> Result<Vec<ProfileRow>> {
    Ok(sqlx::query_as(sql!(
        profile_list,
        "SELECT id, name, category FROM profile WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?"
    ))
    .bind(account)
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The recipient of a message about the profile itself.
pub async fn profile_recipient(conn: &mut Conn, id: ProfileId) -> Result<Recipient> {
    Ok(sqlx::query_as(sql!(
        profile_recipient,
        "SELECT p.id AS about, a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, \
         '' AS course_name FROM profile p JOIN account a ON a.id = p.account_id WHERE p.id = ?"
    ))
    .bind(id)
    .fetch_one(conn)
    .await?)
}

/// Writes a profile under an id of its own.
pub async fn profile_upsert(conn: &mut Conn, id: ProfileId, account: AccountId, name: &str) -> Result<()> {
    sqlx::query(sql!(
        profile_upsert,
        "INSERT INTO profile (id, account_id, name) VALUES (?, ?, ?) \
         ON DUPLICATE KEY UPDATE account_id = VALUES(account_id), name = VALUES(name)"
    ))
    .bind(id)
    .bind(account)
    .bind(name)
    .execute(conn)
    .await?;
    Ok(())
}
