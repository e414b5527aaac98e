//! The versions of lists: counts and sums over indexes, without the rows of the lists. Each statement reads the epoch as
//! well, so that a version is a snapshot of one moment.

use super::guardian::is_guardian;
use super::list::{BindListParams, children, owned};
use super::{OwnerFilter, Result, sql};
use logic::Instant;
use logic::ids::{AccountId, SessionId, WaitlistId};
use sqlx::MySqlExecutor;

/// Someone's entries, and what was told about them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntriesVersion {
    pub epoch: String,
    pub entries: i64,
    pub revisions: i64,
    pub waiting: i64,
    /// When the first of the classes of live entries has to be looked at.
    pub due: Option<Instant>,
    pub delivered: i64,
}

/// One entry, and what was told about it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryVersion {
    pub epoch: String,
    /// Whether the account that asks is a guardian of its child.
    pub is_own: bool,
    pub session_id: SessionId,
    pub revision: i64,
    pub due_at: Option<Instant>,
    pub delivered: i64,
}

/// Someone's rows that belong to classes: bookings or makeups.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RowsVersion {
    pub epoch: String,
    pub found: i64,
    pub revisions: i64,
    /// How many rights to a makeup end at a given instant or later.
    pub in_time: i64,
}

/// Someone's class credit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CreditVersion {
    pub epoch: String,
    pub movements: i64,
    pub overdue: i64,
    pub ended: i64,
    /// How many grants are past a later instant.
    pub ending: i64,
}

/// What the version of someone's list begins with: the epoch, the newest version of the policy, and the children whose rows
/// it shows.
macro_rules! epoch {
    () => {
        concat!(
            "CONCAT((SELECT epoch FROM read_epoch), ' ', \
             COALESCE((SELECT MAX(id) FROM policy_version), 0), ' ', ",
            children!(),
            ")"
        )
    };
}

/// The version of someone's entries and notifications.
pub async fn version_entries(db: impl MySqlExecutor<'_>, owner: OwnerFilter) -> Result<EntriesVersion> {
    Ok(sqlx::query_as(sql!(
        version_entries,
        "SELECT ",
        epoch!(),
        " AS epoch, COUNT(*) AS entries, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, \
         CAST(COALESCE(SUM(w.status = 'waiting'), 0) AS SIGNED) AS waiting, \
         MIN(CASE WHEN w.status IN ('waiting', 'notified') THEN s.due_at END) AS due, \
         (SELECT COUNT(*) FROM waitlist_notification n WHERE ",
        owned!("n.profile_id"),
        " AND n.delivery IN ('delivered', 'undeliverable', 'failed')) AS delivered \
         FROM waitlist w JOIN class_session s ON s.id = w.session_id WHERE ",
        owned!("w.profile_id")
    ))
    .bind_children(owner)
    .bind_owner(owner)
    .bind_owner(owner)
    .fetch_one(db)
    .await?)
}

/// The version of one entry's notifications; `None` if there is no such entry.
pub async fn version_entry(
    db: impl MySqlExecutor<'_>,
    id: WaitlistId,
    account: AccountId,
) -> Result<Option<EntryVersion>> {
    Ok(sqlx::query_as(sql!(
        version_entry,
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, ",
        is_guardian!("w.profile_id"),
        " AS is_own, w.session_id, s.revision, s.due_at, \
         (SELECT COUNT(*) FROM waitlist_notification n WHERE n.waitlist_id = w.id AND n.delivery <> 'pending') \
         AS delivered \
         FROM waitlist w JOIN class_session s ON s.id = w.session_id \
         WHERE w.id = ?"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional(db)
    .await?)
}

/// The version of someone's bookings, with how many of their rights to a makeup are open at `now`.
pub async fn version_bookings(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    now: Instant,
) -> Result<RowsVersion> {
    Ok(sqlx::query_as(sql!(
        version_bookings,
        "SELECT ",
        epoch!(),
        " AS epoch, COUNT(*) AS found, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, \
         CAST(COALESCE(SUM(b.makeup_until >= ?), 0) AS SIGNED) AS in_time \
         FROM booking b JOIN class_session s ON s.id = b.session_id WHERE ",
        owned!("b.profile_id")
    ))
    .bind_children(owner)
    .bind(now)
    .bind_owner(owner)
    .fetch_one(db)
    .await?)
}

/// The version of someone's makeups.
pub async fn version_makeups(db: impl MySqlExecutor<'_>, owner: OwnerFilter) -> Result<RowsVersion> {
    Ok(sqlx::query_as(sql!(
        version_makeups,
        "SELECT ",
        epoch!(),
        " AS epoch, COUNT(*) AS found, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, 0 AS in_time \
         FROM makeup_booking m JOIN class_session s ON s.course_schedule_id = m.makeup_schedule_id AND s.booking_date = m.makeup_date WHERE ",
        owned!("m.profile_id")
    ))
    .bind_children(owner)
    .bind_owner(owner)
    .fetch_one(db)
    .await?)
}

/// The version of someone's class credit, with how many grants end at `now` and at `soon`.
pub async fn version_credit(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    now: Instant,
    soon: Instant,
) -> Result<CreditVersion> {
    Ok(sqlx::query_as(sql!(
        version_credit,
        "SELECT ",
        epoch!(),
        " AS epoch, \
         (SELECT COUNT(*) FROM compensation_event e WHERE ",
        owned!("e.profile_id"),
        ") AS movements, \
         CAST(COALESCE(SUM(g.status = 'available' AND g.expiry_time <= ?), 0) AS SIGNED) AS overdue, \
         CAST(COALESCE(SUM(g.expiry_time <= ?), 0) AS SIGNED) AS ended, \
         CAST(COALESCE(SUM(g.expiry_time <= ?), 0) AS SIGNED) AS ending \
         FROM class_credit_compensation g WHERE ",
        owned!("g.profile_id")
    ))
    .bind_children(owner)
    .bind_owner(owner)
    .bind(now)
    .bind(now)
    .bind(soon)
    .bind_owner(owner)
    .fetch_one(db)
    .await?)
}
