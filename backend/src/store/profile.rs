//! Table `profile`.

use super::guardian::{guardians, is_guardian};
use super::many::{id_pieces, push_ids};
use super::{Conn, ProfileLock, Result, SessionLock, sql};
use logic::Instant;
use logic::ids::{AccountId, ProfileId, SessionId};
use sqlx::{Encode, MySql, MySqlExecutor, QueryBuilder, Type};

/// A profile.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileRow {
    pub id: ProfileId,
    pub name: String,
    /// The plan's column; the program writes none.
    pub category: Option<String>,
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

impl SessionLock {
    /// Locks profiles, in the order of their ids; those that do not exist are left out.
    pub async fn lock_profiles(self, conn: &mut Conn, ids: &[ProfileId]) -> Result<Vec<ProfileLock>> {
        if ids.is_empty() { Ok(Vec::new()) } else { profile_lock(conn, ids).await }
    }
}

/// Locks profiles, in the order of their ids; those that do not exist are left out.
async fn profile_lock(conn: &mut Conn, ids: &[ProfileId]) -> Result<Vec<ProfileLock>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut locks = Vec::with_capacity(ids.len());
    for piece in id_pieces(&ids) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            profile_lock,
            "SELECT p.id, ",
            guardians!("p.id"),
            " FROM profile p FORCE INDEX (PRIMARY) WHERE p.id IN "
        ));
        push_ids(&mut select, piece);
        select.push(" ORDER BY p.id FOR UPDATE");
        let rows: Vec<(ProfileId, Option<String>)> = select.build_query_as().fetch_all(&mut *conn).await?;
        locks.extend(rows.into_iter().map(|(id, guardians)| ProfileLock::new(id, guardians.into())));
    }
    Ok(locks)
}

/// Whether `account` is a guardian of a profile; `None` if there is no such profile.
pub async fn profile_is_own(
    db: impl MySqlExecutor<'_>,
    id: ProfileId,
    account: AccountId,
) -> Result<Option<bool>> {
    let statement = sql!(profile_is_own, "SELECT ", is_guardian!("p.id"), " FROM profile p WHERE p.id = ?");
    Ok(sqlx::query_scalar(statement).bind(account).bind(id).fetch_optional(db).await?)
}

/// Up to `limit` profiles that an account is a guardian of, with ids past `after`, in order of id.
pub async fn profile_list(
    db: impl MySqlExecutor<'_>,
    account: AccountId,
    after: i64,
    limit: u32,
) -> Result<Vec<ProfileRow>> {
    Ok(sqlx::query_as(sql!(
        profile_list,
        "SELECT p.id, p.name, p.category FROM guardian g JOIN profile p ON p.id = g.profile_id \
         WHERE g.account_id = ? AND g.profile_id > ? ORDER BY g.profile_id LIMIT ?"
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

/// A statement over the recipients of messages about rows of `$table` in a class, up to the class's id.
macro_rules! select_recipients {
    ($name:ident, $table:literal) => {
        sql!(
            $name,
            "SELECT t.id AS about, a.id AS account_id, a.openid, p.id AS profile_id, p.name AS profile_name, \
             c.name AS course_name FROM ",
            $table,
            " t JOIN profile p ON p.id = t.profile_id JOIN account a ON a.id = p.account_id \
             JOIN course_schedule s ON s.id = t.course_schedule_id JOIN course c ON c.id = s.course_id \
             WHERE t.session_id = "
        )
    };
}
pub(super) use select_recipients;

/// Runs a statement of [`select_recipients`] for these rows of a class; in no order.
pub(super) async fn recipients<T>(
    conn: &mut Conn,
    select: &'static str,
    session: SessionId,
    ids: &[T],
) -> Result<Vec<Recipient>>
where
    T: Copy + Type<MySql> + for<'q> Encode<'q, MySql>,
{
    let mut recipients = Vec::with_capacity(ids.len());
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(select);
        select.push_bind(session).push(" AND t.id IN ");
        push_ids(&mut select, piece);
        recipients.extend(select.build_query_as::<Recipient>().fetch_all(&mut *conn).await?);
    }
    Ok(recipients)
}

/// Writes a profile under an id of its own. `first` becomes its first guardian if it never had one.
pub async fn profile_upsert(
    conn: &mut Conn,
    id: ProfileId,
    first: Option<AccountId>,
    name: &str,
    now: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        profile_upsert,
        "INSERT INTO profile (id, account_id, name) VALUES (?, ?, ?) \
         ON DUPLICATE KEY UPDATE account_id = COALESCE(account_id, VALUES(account_id)), name = VALUES(name)"
    ))
    .bind(id)
    .bind(first)
    .bind(name)
    .execute(&mut *conn)
    .await?;
    sqlx::query(sql!(
        profile_upsert,
        "INSERT IGNORE INTO guardian (profile_id, account_id, told, since) \
         SELECT id, account_id, 1, ? FROM profile WHERE id = ? AND account_id IS NOT NULL"
    ))
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}
