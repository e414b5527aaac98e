//! Table `class_credit_compensation`: grants of class credit.

use super::error::{RowState, inserted_id};
use super::list::{BindListParams, owned};
use super::sweep::DueQuery;
use super::{Conn, OwnerFilter, ProfileLock, Result, sql};
use logic::compensation::Grant;
use logic::ids::{BookingId, GrantId, ProfileId};
use logic::ledger::LedgerEntry;
use logic::status::{GrantSource, GrantStatus, Movement};
use logic::{Instant, Minutes};
use sqlx::MySqlExecutor;

/// A grant, as decisions need it.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct GrantRow {
    pub id: GrantId,
    pub status: GrantStatus,
    pub remaining_minutes: Minutes,
    pub expiry_time: Instant,
}

impl From<GrantRow> for Grant {
    fn from(row: GrantRow) -> Self {
        let GrantRow { id, status, remaining_minutes, expiry_time } = row;
        Self { id, status, remaining: remaining_minutes, expiry_time }
    }
}

/// A grant, with what its ledger adds up to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GrantView {
    #[sqlx(flatten)]
    pub grant: GrantRow,
    pub original_booking_id: BookingId,
    pub source: GrantSource,
    pub compensation_minutes: Minutes,
    pub created_time: Instant,
    pub used_time: Option<Instant>,
    pub used: Minutes,
    pub expired: Minutes,
    pub revoked: Minutes,
}

/// A grant that is about to end, and whom that concerns.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EndingGrant {
    pub profile_id: ProfileId,
    pub profile_name: String,
    #[sqlx(flatten)]
    pub grant: GrantRow,
}

/// Profiles with grants past their end, the longest overdue first.
pub const CLASS_CREDIT_COMPENSATION_OVERDUE: DueQuery = DueQuery(sql!(
    class_credit_compensation_overdue,
    "SELECT due, profile_id FROM (SELECT MIN(expiry_time) AS due, profile_id FROM class_credit_compensation \
     WHERE status = 'available' AND expiry_time <= ? GROUP BY profile_id) overdue \
     WHERE due > ? OR (due = ? AND profile_id > ?) ORDER BY due, profile_id LIMIT ?"
));

/// Grants that were not reminded of, the first to end first.
pub const CLASS_CREDIT_COMPENSATION_UNREMINDED: DueQuery = DueQuery(sql!(
    class_credit_compensation_unreminded,
    "SELECT expiry_time, id FROM class_credit_compensation \
     WHERE status = 'available' AND reminded_at IS NULL AND expiry_time <= ? \
     AND (expiry_time > ? OR (expiry_time = ? AND id > ?)) ORDER BY expiry_time, id LIMIT ?"
));

/// The grants of a profile that can be spent or can expire, in order of id.
pub async fn class_credit_compensation_list_available(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
) -> Result<Vec<GrantRow>> {
    Ok(sqlx::query_as(sql!(
        class_credit_compensation_list_available,
        "SELECT id, status, remaining_minutes, expiry_time FROM class_credit_compensation \
         WHERE profile_id = ? AND status = 'available' ORDER BY id"
    ))
    .bind(profile)
    .fetch_all(db)
    .await?)
}

/// Locks the grants of a locked profile that can be spent or can expire, in order of id.
pub async fn class_credit_compensation_lock_available(
    conn: &mut Conn,
    profile: &ProfileLock,
) -> Result<Vec<GrantRow>> {
    Ok(sqlx::query_as(sql!(
        class_credit_compensation_lock_available,
        "SELECT id, status, remaining_minutes, expiry_time FROM class_credit_compensation \
         WHERE profile_id = ? AND status = 'available' ORDER BY id FOR UPDATE"
    ))
    .bind(profile.id())
    .fetch_all(conn)
    .await?)
}

/// Locks the grant of a locked profile that came with a makeup's `booking`, if one did.
pub async fn class_credit_compensation_lock_of_makeup(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
) -> Result<Option<GrantRow>> {
    Ok(sqlx::query_as(sql!(
        class_credit_compensation_lock_of_makeup,
        "SELECT g.id, g.status, g.remaining_minutes, g.expiry_time FROM makeup_booking m \
         JOIN class_credit_compensation g ON g.id = m.compensation_id \
         WHERE m.booking_id = ? AND g.profile_id = ? FOR UPDATE"
    ))
    .bind(booking)
    .bind(profile.id())
    .fetch_optional(conn)
    .await?)
}

/// Every grant of a profile with what its ledger adds up to, in order of id. One statement, so that grants and sums are
/// of one moment.
pub async fn class_credit_compensation_list(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
) -> Result<Vec<GrantView>> {
    Ok(sqlx::query_as(sql!(
        class_credit_compensation_list,
        "SELECT g.id, g.original_booking_id, g.source, g.compensation_minutes, g.remaining_minutes, g.status, \
         g.created_time, g.expiry_time, g.used_time, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'used' THEN e.minutes WHEN 'restored' THEN -e.minutes END), 0) \
              AS SIGNED) AS used, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'expired' THEN e.minutes END), 0) AS SIGNED) AS expired, \
         CAST(COALESCE(SUM(CASE e.kind WHEN 'revoked' THEN e.minutes END), 0) AS SIGNED) AS revoked \
         FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         WHERE g.profile_id = ? GROUP BY g.id ORDER BY g.id"
    ))
    .bind(profile)
    .fetch_all(db)
    .await?)
}

/// Someone's profiles with grants past their end.
pub async fn class_credit_compensation_overdue_profiles(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    now: Instant,
) -> Result<Vec<ProfileId>> {
    Ok(sqlx::query_scalar(sql!(
        class_credit_compensation_overdue_profiles,
        "SELECT DISTINCT g.profile_id FROM class_credit_compensation g",
        " WHERE ",
        owned!("g.profile_id"),
        " AND g.status = 'available' AND g.expiry_time <= ?"
    ))
    .bind_owner(owner)
    .bind(now)
    .fetch_all(db)
    .await?)
}

/// A grant and the child that it belongs to; `None` if there is no such grant.
pub async fn class_credit_compensation_get_ending(
    conn: &mut Conn,
    id: GrantId,
) -> Result<Option<EndingGrant>> {
    Ok(sqlx::query_as(sql!(
        class_credit_compensation_get_ending,
        "SELECT g.profile_id, p.name AS profile_name, g.id, g.status, g.remaining_minutes, g.expiry_time \
         FROM class_credit_compensation g JOIN profile p ON p.id = g.profile_id WHERE g.id = ?"
    ))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Marks a grant as reminded of; `false` if it was already, or is not as it was loaded.
pub async fn class_credit_compensation_mark_reminded(
    conn: &mut Conn,
    grant: &Grant,
    now: Instant,
) -> Result<bool> {
    let done = sqlx::query(sql!(
        class_credit_compensation_mark_reminded,
        "UPDATE class_credit_compensation SET updated_at = UTC_TIMESTAMP(3), reminded_at = ? \
         WHERE id = ? AND reminded_at IS NULL AND status = 'available' AND remaining_minutes = ?"
    ))
    .bind(now)
    .bind(grant.id)
    .bind(grant.remaining)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes a grant for the booking `original` of a locked profile.
pub async fn class_credit_compensation_insert(
    conn: &mut Conn,
    profile: &ProfileLock,
    (source, original): (GrantSource, BookingId),
    minutes: Minutes,
    (created_time, expiry_time): (Instant, Instant),
) -> Result<GrantId> {
    let done = sqlx::query(sql!(
        class_credit_compensation_insert,
        "INSERT INTO class_credit_compensation (profile_id, original_booking_id, source, compensation_minutes, \
         remaining_minutes, status, created_time, expiry_time) VALUES (?, ?, ?, ?, ?, 'available', ?, ?)"
    ))
    .bind(profile.id())
    .bind(original)
    .bind(source)
    .bind(minutes)
    .bind(minutes)
    .bind(created_time)
    .bind(expiry_time)
    .execute(conn)
    .await?;
    inserted_id(&done, "class_credit_compensation").map(GrantId)
}

/// The state of a grant, as an error shows it.
const GRANT_AS_STORED: RowState = RowState {
    table: "class_credit_compensation",
    select: sql!(
        grant_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'remaining', remaining_minutes, 'profile_id', profile_id) AS CHAR) \
         FROM class_credit_compensation WHERE id = ?"
    ),
};

/// Moves minutes on a grant of a locked profile, over those and the status that it had.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if the grant has others, or is another profile's.
pub async fn class_credit_compensation_move(
    conn: &mut Conn,
    profile: &ProfileLock,
    before: GrantStatus,
    moved: &LedgerEntry,
) -> Result<()> {
    let change = if moved.kind == Movement::Restored { moved.minutes.0 } else { -moved.minutes.0 };
    let before_minutes = moved.remaining.0 - change;
    let used_up = (moved.status == GrantStatus::Used).then_some(moved.at);
    let last_use = moved.booking.filter(|_| used_up.is_some());
    let done = sqlx::query(sql!(
        class_credit_compensation_move,
        "UPDATE class_credit_compensation SET updated_at = UTC_TIMESTAMP(3), remaining_minutes = ?, status = ?, used_time = ?, used_booking_id = ? \
         WHERE id = ? AND profile_id = ? AND remaining_minutes = ? AND status = ?"
    ))
    .bind(moved.remaining)
    .bind(moved.status)
    .bind(used_up)
    .bind(last_use)
    .bind(moved.grant)
    .bind(profile.id())
    .bind(before_minutes)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    let expected = format!("{} with {before_minutes} minutes of profile {}", before.as_str(), profile.id());
    GRANT_AS_STORED.expect_one(conn, &done, moved.grant.0, expected).await
}
