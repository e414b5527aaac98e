//! Table `waitlist`: the entries of every queue.

mod changes;

use super::guardian::{guardians, is_guardian};
use super::list::{BindListParams, owned, page};
use super::profile::{recipients, select_recipients};
use super::sweep::DueQuery;
use super::{Conn, Guardians, OfSlot, OwnerFilter, Recipient, Result, fits, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, BookingId, PolicyId, ProfileId, ScheduleId, SessionId, Ticket, WaitlistId};
use logic::status::EntryStatus;
use sqlx::MySqlExecutor;
use std::collections::HashMap;

pub use changes::*;

/// An entry, as decisions need it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryRow {
    pub id: WaitlistId,
    pub profile_id: ProfileId,
    pub position: Ticket,
    pub status: EntryStatus,
    pub last_notified_at: Option<Instant>,
    #[sqlx(try_from = "i32")]
    pub notification_round: u32,
    pub response_deadline: Option<Instant>,
    pub makeup_for: Option<BookingId>,
}

/// An entry, with what its owner is shown of its class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntryView {
    pub id: WaitlistId,
    pub profile_id: ProfileId,
    #[sqlx(try_from = "Option<String>")]
    pub guardians: Guardians,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    pub course_name: String,
    pub starts_at: Instant,
    pub status: EntryStatus,
    pub join_time: Instant,
    pub last_notified_at: Option<Instant>,
    pub confirmed_at: Option<Instant>,
    pub response_deadline: Option<Instant>,
    pub makeup_for: Option<BookingId>,
    pub session_id: SessionId,
    pub waiting_total: u32,
    /// When its class has to be looked at next.
    pub due_at: Option<Instant>,
    /// The version of the policy that judges its class; `None`: not fixed yet.
    pub policy_id: Option<PolicyId>,
    /// Entries that wait before it; 0 unless it waits.
    #[sqlx(try_from = "i64")]
    pub ahead: u32,
}

/// An open offer, and the names that a message about it needs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OfferNames {
    pub course_name: String,
    pub profile_name: String,
    pub starts_at: Instant,
    pub response_deadline: Option<Instant>,
    pub policy_id: Option<PolicyId>,
}

/// An entry that joins at the tail of a queue.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry {
    pub profile: ProfileId,
    pub ticket: Ticket,
    pub join_time: Instant,
    pub expires_at: Instant,
    pub makeup_for: Option<BookingId>,
}

/// What the entries that are offered seats together are offered.
#[derive(Clone, Copy, Debug)]
pub struct NewOffer {
    pub sent_at: Instant,
    pub deadline: Instant,
    pub reminder_at: Option<Instant>,
    /// The number of this offer of each entry, from 1.
    pub round: u32,
}

/// Live offers whose reminder is due.
pub const WAITLIST_REMINDERS: DueQuery = DueQuery(sql!(
    waitlist_reminders,
    "SELECT reminder_at, id FROM waitlist WHERE reminder_at <= ? \
     AND (reminder_at > ? OR (reminder_at = ? AND id > ?)) ORDER BY reminder_at, id LIMIT ?"
));

/// Classes in whose queues someone waits to make a missed class up, by when the first of them joined. All of them are
/// looked at every time: what ends a right to a makeup is done to other rows, so that no column says when.
pub const WAITLIST_MAKEUPS: DueQuery = DueQuery(sql!(
    waitlist_makeups,
    "SELECT since, id FROM (SELECT MIN(w.join_time) AS since, s.id FROM class_session s \
     JOIN waitlist w ON w.session_id = s.id AND w.status IN ('waiting', 'notified') \
     WHERE s.due_at IS NOT NULL AND w.makeup_for IS NOT NULL GROUP BY s.id) queues \
     WHERE since <= ? AND (since > ? OR (since = ? AND id > ?)) ORDER BY since, id LIMIT ?"
));

macro_rules! entry_columns {
    () => {
        "id, profile_id, `position`, status, last_notified_at, notification_round, response_deadline, makeup_for "
    };
}

macro_rules! select {
    ($name:ident, $where:literal) => {
        sql!($name, "SELECT ", entry_columns!(), "FROM waitlist ", $where)
    };
}

/// The rank of a waiting entry is counted: those that wait before it.
macro_rules! select_view {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT w.id, w.profile_id, ",
            guardians!("w.profile_id"),
            " AS guardians, w.course_schedule_id, w.booking_date, c.name AS course_name, \
             s.starts_at, w.status, w.join_time, w.last_notified_at, w.confirmed_at, w.response_deadline, \
             w.makeup_for, w.session_id, s.waiting AS waiting_total, s.due_at, s.policy_id, \
             CASE WHEN w.status = 'waiting' THEN (SELECT COUNT(*) FROM waitlist b WHERE b.session_id = w.session_id \
             AND b.status = 'waiting' AND b.`position` < w.`position`) ELSE 0 END AS ahead \
             FROM waitlist w JOIN class_session s ON s.id = w.session_id \
             JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id ",
            $($where)+
        )
    };
}

/// An entry of a locked class, by its id.
pub async fn waitlist_get(conn: &mut Conn, id: WaitlistId, session: SessionId) -> Result<Option<EntryRow>> {
    let statement = select!(waitlist_get, "WHERE id = ? AND session_id = ?");
    Ok(sqlx::query_as(statement).bind(id).bind(session).fetch_optional(conn).await?)
}

/// The class that an entry waits for; `None` if there is no such entry.
pub async fn waitlist_session(db: impl MySqlExecutor<'_>, id: WaitlistId) -> Result<Option<SessionId>> {
    let statement = sql!(waitlist_session, "SELECT session_id FROM waitlist WHERE id = ?");
    Ok(sqlx::query_scalar(statement).bind(id).fetch_optional(db).await?)
}

/// The class that an entry waits for, also as callers name it, and whether `account` is a guardian of its child; `None` if
/// there is no such entry.
pub async fn waitlist_owner_and_class(
    conn: &mut Conn,
    id: WaitlistId,
    account: AccountId,
) -> Result<Option<(SessionId, ScheduleId, NaiveDate, bool)>> {
    Ok(sqlx::query_as(sql!(
        waitlist_owner_and_class,
        "SELECT w.session_id, w.course_schedule_id, w.booking_date, ",
        is_guardian!("w.profile_id"),
        " FROM waitlist w WHERE w.id = ?"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The class that an entry waits for, and whether `account` is a guardian of its child; `None` if there is no such entry.
pub async fn waitlist_owner(
    db: impl MySqlExecutor<'_>,
    id: WaitlistId,
    account: AccountId,
) -> Result<Option<(SessionId, bool)>> {
    Ok(sqlx::query_as(sql!(
        waitlist_owner,
        "SELECT w.session_id, ",
        is_guardian!("w.profile_id"),
        " FROM waitlist w WHERE w.id = ?"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional(db)
    .await?)
}

/// The live offers of a class, in the order in which they were made.
pub async fn waitlist_list_offers(conn: &mut Conn, session: SessionId) -> Result<Vec<EntryRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_list_offers,
        "WHERE session_id = ? AND status = 'notified' ORDER BY last_notified_at, `position`"
    ))
    .bind(session)
    .fetch_all(conn)
    .await?)
}

/// The first `limit` waiting entries of a class that were not offered a seat after `rested`.
pub async fn waitlist_list_rested(
    conn: &mut Conn,
    session: SessionId,
    rested: Instant,
    limit: u32,
) -> Result<Vec<EntryRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_list_rested,
        "WHERE session_id = ? AND status = 'waiting' \
         AND (last_notified_at IS NULL OR last_notified_at <= ?) ORDER BY `position` LIMIT ?"
    ))
    .bind(session)
    .bind(rested)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// The `limit` waiting entries of a class that were offered a seat after `rested`, the longest ago first.
pub async fn waitlist_list_resting(
    conn: &mut Conn,
    session: SessionId,
    rested: Instant,
    limit: u32,
) -> Result<Vec<EntryRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_list_resting,
        "WHERE session_id = ? AND status = 'waiting' AND last_notified_at > ? \
         ORDER BY last_notified_at, `position` LIMIT ?"
    ))
    .bind(session)
    .bind(rested)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// The live entries of a class that wait to make a missed class up: those without an offer first, in their order.
pub async fn waitlist_list_makeups(conn: &mut Conn, session: SessionId) -> Result<Vec<EntryRow>> {
    Ok(sqlx::query_as(select!(
        waitlist_list_makeups,
        "WHERE session_id = ? AND status IN ('waiting', 'notified') \
         AND makeup_for IS NOT NULL ORDER BY status = 'notified', `position`"
    ))
    .bind(session)
    .fetch_all(conn)
    .await?)
}

/// The waiting entries of a class, in their order.
pub async fn waitlist_list_waiting(
    conn: &mut Conn,
    session: SessionId,
    limit: u32,
) -> Result<Vec<WaitlistId>> {
    Ok(sqlx::query_scalar(sql!(
        waitlist_list_waiting,
        "SELECT id FROM waitlist WHERE session_id = ? AND status = 'waiting' ORDER BY `position` LIMIT ?"
    ))
    .bind(session)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// The waiting entries of a class and those with an offer, in their order.
pub async fn waitlist_list_live(conn: &mut Conn, session: SessionId) -> Result<Vec<WaitlistId>> {
    Ok(sqlx::query_scalar(sql!(
        waitlist_list_live,
        "SELECT id FROM waitlist WHERE session_id = ? AND status IN ('waiting', 'notified') ORDER BY `position`"
    ))
    .bind(session)
    .fetch_all(conn)
    .await?)
}

/// The first waiting entry of a class, and its place.
pub async fn waitlist_head(conn: &mut Conn, session: SessionId) -> Result<Option<(WaitlistId, Ticket)>> {
    Ok(sqlx::query_as(sql!(
        waitlist_head,
        "SELECT id, `position` FROM waitlist WHERE session_id = ? AND status = 'waiting' \
         ORDER BY `position` LIMIT 1"
    ))
    .bind(session)
    .fetch_optional(conn)
    .await?)
}

/// The classes in which a profile is active: it waits and the list is open, or it may still answer an offer.
pub async fn waitlist_list_active(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
    now: Instant,
) -> Result<Vec<(ScheduleId, NaiveDate)>> {
    Ok(sqlx::query_as(sql!(
        waitlist_list_active,
        "SELECT course_schedule_id, booking_date FROM waitlist WHERE profile_id = ? AND ( \
         (status = 'waiting' AND expires_at >= ?) OR (status = 'notified' AND response_deadline >= ?))"
    ))
    .bind(profile)
    .bind(now)
    .bind(now)
    .fetch_all(db)
    .await?)
}

/// An entry, as the desk lists it with others of its class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct QueuedEntry {
    pub id: WaitlistId,
    pub profile_id: ProfileId,
    pub status: EntryStatus,
    pub join_time: Instant,
    pub last_notified_at: Option<Instant>,
    pub confirmed_at: Option<Instant>,
    pub response_deadline: Option<Instant>,
    pub makeup_for: Option<BookingId>,
}

/// The first `limit` entries of a class with a status, in the order of the queue.
pub async fn waitlist_list_queued(
    conn: &mut Conn,
    session: SessionId,
    status: EntryStatus,
    limit: u32,
) -> Result<Vec<QueuedEntry>> {
    let statement = sql!(
        waitlist_list_queued,
        "SELECT id, profile_id, status, join_time, last_notified_at, confirmed_at, response_deadline, makeup_for \
         FROM waitlist WHERE session_id = ? AND status = ? ORDER BY `position` LIMIT ?"
    );
    Ok(sqlx::query_as(statement).bind(session).bind(status).bind(limit).fetch_all(conn).await?)
}

/// How many seats of a class are offered, and when the first of the offers ends.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct OfferCounts {
    #[sqlx(try_from = "i64")]
    pub offers: u32,
    pub next_deadline: Option<Instant>,
}

/// The live offers of the classes of a day, by slot; classes without one are left out.
pub async fn waitlist_count_offers(
    conn: &mut Conn,
    date: NaiveDate,
) -> Result<HashMap<ScheduleId, OfferCounts>> {
    let statement = sql!(
        waitlist_count_offers,
        "SELECT s.course_schedule_id, COUNT(*) AS offers, MIN(w.response_deadline) AS next_deadline \
         FROM class_session s JOIN waitlist w ON w.session_id = s.id AND w.status = 'notified' \
         WHERE s.booking_date = ? GROUP BY s.course_schedule_id"
    );
    let rows: Vec<OfSlot<OfferCounts>> = sqlx::query_as(statement).bind(date).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.course_schedule_id, row.counts)).collect())
}

/// The most entries that [`waitlist_view`] reads at once.
pub const WAITLIST_VIEW_MAX: usize = 32;

/// Entries as their owners see them, in no order. The statement takes 1, 8 or [`WAITLIST_VIEW_MAX`] ids, so that few
/// statements are kept prepared.
pub async fn waitlist_view(db: impl MySqlExecutor<'_>, ids: &[WaitlistId]) -> Result<Vec<EntryView>> {
    let (statement, placeholders) = match ids.len() {
        0 => return Ok(Vec::new()),
        1 => (select_view!(waitlist_view, "WHERE w.id = ?"), 1),
        2..=8 => (select_view!(waitlist_view, "WHERE w.id IN (?,?,?,?,?,?,?,?)"), 8),
        _ => (
            select_view!(
                waitlist_view,
                "WHERE w.id IN (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            ),
            WAITLIST_VIEW_MAX,
        ),
    };
    // Placeholders left over ask for the ids again.
    let padded = ids.iter().cycle().take(placeholders);
    let query = padded.fold(sqlx::query_as(statement), |query, id| query.bind(id));
    Ok(query.fetch_all(db).await?)
}

/// A page of someone's entries, of one status or of all, the newest first.
pub async fn waitlist_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    status: Option<EntryStatus>,
    list: &Paging,
) -> Result<Vec<EntryView>> {
    Ok(sqlx::query_as(select_view!(
        waitlist_list,
        "WHERE ",
        owned!("w.profile_id"),
        " AND (? IS NULL OR w.status = ?) AND ",
        page!("w.join_time", "w.id", newest first)
    ))
    .bind_owner(owner)
    .bind(status)
    .bind(status)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// The recipients of a message about entries of a class, in no order.
pub async fn waitlist_recipients(
    conn: &mut Conn,
    session: SessionId,
    ids: &[WaitlistId],
) -> Result<Vec<Recipient>> {
    recipients(conn, select_recipients!(waitlist_recipients, "waitlist"), session, ids).await
}

/// The open offer of an entry, with the names that a message about it needs; `None` if the entry is gone.
pub async fn waitlist_offer_names(conn: &mut Conn, id: WaitlistId) -> Result<Option<OfferNames>> {
    Ok(sqlx::query_as(sql!(
        waitlist_offer_names,
        "SELECT c.name AS course_name, p.name AS profile_name, s.starts_at, w.response_deadline, s.policy_id \
         FROM waitlist w \
         JOIN profile p ON p.id = w.profile_id JOIN class_session s ON s.id = w.session_id \
         JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id WHERE w.id = ?"
    ))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The number and the deadline of a live offer whose reminder is due at `now`; `None` if there is none.
pub async fn waitlist_due_reminder(
    conn: &mut Conn,
    id: WaitlistId,
    now: Instant,
) -> Result<Option<(u32, Instant)>> {
    let due: Option<(i64, Instant)> = sqlx::query_as(sql!(
        waitlist_due_reminder,
        "SELECT CAST(notification_round AS SIGNED), response_deadline FROM waitlist \
         WHERE id = ? AND status = 'notified' AND reminder_at <= ?"
    ))
    .bind(id)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    due.map(|(round, deadline)| Ok((fits("waitlist", id.0, "notification_round", round)?, deadline)))
        .transpose()
}

pub(super) fn numbers(ids: &[WaitlistId]) -> Vec<i64> {
    ids.iter().map(|id| id.0).collect()
}
