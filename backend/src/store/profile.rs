//! Table `profile`.

use super::account::prefix;
use super::error::inserted_id;
use super::guardian::{guardians, is_guardian};
use super::many::{id_pieces, push_ids};
use super::{Conn, ProfileLock, Result, SessionLock, StoreError, sql};
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, ProfileId, SessionId};
use logic::people::{PhoneQuery, phone_number};
use sqlx::mysql::MySqlArguments;
use sqlx::query::Query;
use sqlx::{Encode, MySql, MySqlExecutor, QueryBuilder, Type};
use std::collections::BTreeMap;

/// A profile.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileRow {
    pub id: ProfileId,
    pub name: String,
    pub category: Option<String>,
}

/// What the gym knows of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ProfileDetails {
    pub name: String,
    pub category: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub phone: Option<String>,
    pub note: Option<String>,
}

/// A profile, as staff find it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PersonRow {
    pub id: ProfileId,
    #[sqlx(flatten)]
    pub details: ProfileDetails,
}

/// Whom a message is about, and who is told.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The id of the row that the message is about.
    pub about: i64,
    pub profile_id: ProfileId,
    pub profile_name: String,
    pub course_name: String,
    pub guardians: Vec<Addressee>,
}

/// A guardian of a child, as messages reach it.
#[derive(Clone, Debug)]
pub struct Addressee {
    pub account: AccountId,
    pub openid: String,
    pub told: bool,
}

impl Recipient {
    /// The guardians whose phones are told.
    pub fn told(&self) -> impl Iterator<Item = &Addressee> {
        self.guardians.iter().filter(|guardian| guardian.told)
    }
}

/// A recipient with one of its guardians, if it has any.
#[derive(sqlx::FromRow)]
struct RecipientRow {
    about: i64,
    profile_id: ProfileId,
    profile_name: String,
    course_name: String,
    account_id: Option<AccountId>,
    openid: Option<String>,
    told: Option<bool>,
}

/// Gathers the guardians of each recipient.
fn gather(rows: Vec<RecipientRow>) -> Vec<Recipient> {
    let mut recipients: BTreeMap<i64, Recipient> = BTreeMap::new();
    for row in rows {
        let RecipientRow { about, profile_id, profile_name, course_name, account_id, openid, told } = row;
        let recipient = recipients.entry(about).or_insert_with(|| Recipient {
            about,
            profile_id,
            profile_name,
            course_name,
            guardians: Vec::new(),
        });
        if let (Some(account), Some(openid), Some(told)) = (account_id, openid, told) {
            recipient.guardians.push(Addressee { account, openid, told });
        }
    }
    recipients.into_values().collect()
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

/// A locked profile.
pub async fn profile_get(conn: &mut Conn, profile: &ProfileLock) -> Result<ProfileRow> {
    let statement = sql!(profile_get, "SELECT id, name, category FROM profile WHERE id = ?");
    Ok(sqlx::query_as(statement).bind(profile.id()).fetch_one(conn).await?)
}

/// What the gym knows of profiles.
pub async fn profile_list_details(
    conn: &mut Conn,
    ids: &[ProfileId],
) -> Result<BTreeMap<ProfileId, ProfileDetails>> {
    let mut found = BTreeMap::new();
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            profile_list_details,
            "SELECT id, name, category, birth_date, phone, note FROM profile WHERE id IN "
        ));
        push_ids(&mut select, piece);
        let rows: Vec<PersonRow> = select.build_query_as().fetch_all(&mut *conn).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row.details)));
    }
    Ok(found)
}

/// What the gym knows of a locked profile.
pub async fn profile_details(conn: &mut Conn, profile: &ProfileLock) -> Result<ProfileDetails> {
    let statement =
        sql!(profile_details, "SELECT name, category, birth_date, phone, note FROM profile WHERE id = ?");
    Ok(sqlx::query_as(statement).bind(profile.id()).fetch_one(conn).await?)
}

/// Writes a profile without a guardian. The database chooses its id.
pub async fn profile_insert(conn: &mut Conn, details: &ProfileDetails) -> Result<ProfileId> {
    let statement = sql!(
        profile_insert,
        "INSERT INTO profile (name, category, birth_date, phone, phone_number, note) VALUES (?, ?, ?, ?, ?, ?)"
    );
    let done = bind_details(sqlx::query(statement), details).execute(conn).await?;
    inserted_id(&done, "profile").map(ProfileId)
}

/// Writes what the gym knows of a locked profile.
pub async fn profile_update(conn: &mut Conn, profile: &ProfileLock, details: &ProfileDetails) -> Result<()> {
    let statement = sql!(
        profile_update,
        "UPDATE profile SET name = ?, category = ?, birth_date = ?, phone = ?, phone_number = ?, note = ? WHERE id = ?"
    );
    bind_details(sqlx::query(statement), details).bind(profile.id()).execute(conn).await?;
    Ok(())
}

fn bind_details<'q>(
    query: Query<'q, MySql, MySqlArguments>,
    details: &'q ProfileDetails,
) -> Query<'q, MySql, MySqlArguments> {
    let ProfileDetails { name, category, birth_date, phone, note } = details;
    let number = phone.as_deref().and_then(phone_number);
    query.bind(name).bind(category).bind(birth_date).bind(phone).bind(number).bind(note)
}

/// Up to `limit` profiles by name: those whose name begins with `text`, in any case, and those whose phone it may be
/// (R9.2).
pub async fn profile_find(
    db: impl MySqlExecutor<'_>,
    text: &str,
    phone: Option<&PhoneQuery>,
    limit: u32,
) -> Result<Vec<PersonRow>> {
    let mut select = QueryBuilder::<MySql>::new(sql!(
        profile_find,
        "SELECT p.id, p.name, p.category, p.birth_date, p.phone, p.note FROM profile p"
    ));
    // Each part finds its rows by an index of its own.
    select.push(" JOIN ((SELECT id FROM profile WHERE name_key LIKE LOWER(").push_bind(prefix(text));
    select.push(") ESCAPE '!' ORDER BY name_key, id LIMIT ").push_bind(limit).push(")");
    if let Some(PhoneQuery { begins, ends }) = phone {
        for begins in begins {
            select.push(" UNION (SELECT id FROM profile WHERE phone_number LIKE ").push_bind(prefix(begins));
            select.push(" ORDER BY phone_number, id LIMIT ").push_bind(limit).push(")");
        }
        if let Some(ends) = ends {
            let reversed: String = ends.chars().rev().collect();
            select
                .push(" UNION (SELECT id FROM profile WHERE phone_reversed LIKE ")
                .push_bind(prefix(&reversed));
            select.push(" ORDER BY phone_reversed, id LIMIT ").push_bind(limit).push(")");
        }
    }
    select.push(") found ON found.id = p.id ORDER BY p.name_key, p.id LIMIT ").push_bind(limit);
    Ok(select.build_query_as().fetch_all(db).await?)
}

/// Writes who the first guardian of a profile is.
pub async fn profile_set_first_guardian(
    conn: &mut Conn,
    profile: &ProfileLock,
    account: AccountId,
) -> Result<()> {
    let statement = sql!(profile_set_first_guardian, "UPDATE profile SET account_id = ? WHERE id = ?");
    sqlx::query(statement).bind(account).bind(profile.id()).execute(conn).await?;
    Ok(())
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
    let rows = sqlx::query_as(sql!(
        profile_recipient,
        "SELECT p.id AS about, a.id AS account_id, a.openid, g.told, p.id AS profile_id, p.name AS profile_name, \
         '' AS course_name FROM profile p LEFT JOIN guardian g ON g.profile_id = p.id \
         LEFT JOIN account a ON a.id = g.account_id WHERE p.id = ?"
    ))
    .bind(id)
    .fetch_all(conn)
    .await?;
    gather(rows).pop().ok_or_else(|| StoreError::unexpected("profile", id.0, "the profile", "no row"))
}

/// A statement over the recipients of messages about rows of `$table` in a class, up to the class's id.
macro_rules! select_recipients {
    ($name:ident, $table:literal) => {
        sql!(
            $name,
            "SELECT t.id AS about, a.id AS account_id, a.openid, g.told, p.id AS profile_id, p.name AS profile_name, \
             c.name AS course_name FROM ",
            $table,
            " t JOIN profile p ON p.id = t.profile_id LEFT JOIN guardian g ON g.profile_id = p.id \
             LEFT JOIN account a ON a.id = g.account_id \
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
    let mut rows = Vec::with_capacity(ids.len());
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(select);
        select.push_bind(session).push(" AND t.id IN ");
        push_ids(&mut select, piece);
        rows.extend(select.build_query_as::<RecipientRow>().fetch_all(&mut *conn).await?);
    }
    Ok(gather(rows))
}

/// Writes a profile with the id that a file gives it. `first` becomes its first guardian if it never had one.
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
