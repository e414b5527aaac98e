//! Versions of what members read: a list whose version is the one that the caller holds need not be read again.
//!
//! A version is worked out by a statement or two over indexes, without the list's rows. It may change where the list did
//! not; it never stays where the list changed. It is made of
//!
//! - `read_epoch`: another one in every database, and after every load of fixtures, which may change any row;
//! - how many rows the caller has, which only grows: entries, bookings and makeups are never deleted;
//! - the sum of the revisions of their classes. Every change to a class or to anything in it happens under its row's
//!   lock, and adds one to its `revision`;
//! - how many of the messages have an outcome: the dispatcher writes that outside the lock, once for each message;
//! - for credit, how many movements the ledger has: it is only added to;
//! - what the hour changes: said at each function. Chances change all the time: a version that covers some holds for
//!   [`CHANCE_HOLDS_MS`].
//!
//! Each function first settles what is overdue, as the list itself must (RULES §2). A version is taken before the rows
//! are read: what changes in between gives the rows an older version, and the next read finds that.

use super::access::Scope;
use super::compensation;
use super::places::Places;
use super::waitlist::{no_entry, settle_all, settle_own};
use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::WaitlistId;

/// How long a list may be told to be unchanged although the chances in it moved on, in milliseconds.
const CHANCE_HOLDS_MS: i64 = 60 * 1000;
/// How long a position may be told to be unchanged although its `as_of` is older, in milliseconds.
const AS_OF_HOLDS_MS: i64 = 15 * 1000;

/// What a list is made of, in a form to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// `now`, but for what changes within `hold` milliseconds. Under a clock that stands still between calls it is `now`
/// itself: nobody waits there for a span to end.
fn held(app: &App, now: Instant, hold: i64) -> i64 {
    if app.clock.as_dev().is_some() { now.millis() } else { now.millis().div_euclid(hold) }
}

/// The time that a position's `as_of` counts as.
pub fn position_time(app: &App, now: Instant) -> Instant {
    let hold = if app.clock.as_dev().is_some() { 1 } else { AS_OF_HOLDS_MS };
    Instant::clamped(now.millis().div_euclid(hold) * hold)
}

#[derive(sqlx::FromRow)]
struct Entries {
    epoch: String,
    entries: i64,
    revisions: i64,
    waiting: i64,
    due: Option<DateTime<Utc>>,
    delivered: i64,
}

/// Entries of the scope, and what their members were told.
async fn read_entries(app: &App, scope: &Scope) -> Result<Entries, AppError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, COUNT(*) AS entries, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, \
         CAST(COALESCE(SUM(w.status = 'waiting'), 0) AS SIGNED) AS waiting, \
         MIN(CASE WHEN w.status IN ('waiting', 'notified') THEN s.offers_due_at END) AS due, \
         (SELECT COUNT(*) FROM waitlist_notification n JOIN profile o ON o.id = n.profile_id \
          WHERE (? IS NULL OR o.account_id = ?) AND (? IS NULL OR o.id = ?) \
          AND n.delivery IN ('delivered', 'undeliverable', 'failed')) AS delivered \
         FROM profile p JOIN waitlist w ON w.profile_id = p.id JOIN class_session s ON s.id = w.session_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?)",
    )
    .scope(scope)
    .scope(scope)
    .fetch_one(&app.pool)
    .await?)
}

async fn settled_entries(app: &App, scope: &Scope, now: Instant) -> Result<Entries, AppError> {
    let read = read_entries(app, scope).await?;
    if read.due.is_none_or(|due| Instant::from(due) >= now) {
        return Ok(read);
    }
    settle_own(app, scope, now).await?;
    read_entries(app, scope).await
}

/// Of `GET /waitlist/my`. While anyone of them waits, it holds for [`CHANCE_HOLDS_MS`]: entries carry chances.
///
/// # Errors
/// The database's.
pub async fn entries(app: &App, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let Entries { epoch, entries, revisions, waiting, .. } = settled_entries(app, scope, now).await?;
    let time = (waiting > 0).then(|| held(app, now, CHANCE_HOLDS_MS));
    Ok(Version(format!("{epoch} entries {entries} {revisions} {time:?}")))
}

/// Of `GET /notifications/my`. The hour changes nothing in it but by settling.
///
/// # Errors
/// The database's.
pub async fn notifications(app: &App, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let Entries { epoch, entries, revisions, delivered, .. } = settled_entries(app, scope, now).await?;
    Ok(Version(format!("{epoch} notifications {entries} {revisions} {delivered}")))
}

#[derive(sqlx::FromRow)]
struct OfEntry {
    epoch: String,
    account_id: i64,
    session_id: i64,
    revision: i64,
    offers_due_at: Option<DateTime<Utc>>,
    delivered: i64,
}

async fn read_entry(app: &App, caller: &Caller, id: WaitlistId) -> Result<OfEntry, AppError> {
    let row: Option<OfEntry> = sqlx::query_as(
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, p.account_id, w.session_id, s.revision, s.offers_due_at, \
         (SELECT COUNT(*) FROM waitlist_notification n WHERE n.waitlist_id = w.id AND n.delivery <> 'pending') \
         AS delivered \
         FROM waitlist w JOIN profile p ON p.id = w.profile_id JOIN class_session s ON s.id = w.session_id \
         WHERE w.id = ?",
    )
    .bind(id.0)
    .fetch_optional(&app.pool)
    .await?;
    row.filter(|row| super::access::sees(caller, row.account_id)).ok_or_else(|| no_entry(id))
}

/// Of `GET /waitlist/{id}/notifications`, for its owner or the staff.
///
/// # Errors
/// `not_found`.
pub async fn of_entry(app: &App, caller: &Caller, id: WaitlistId, now: Instant) -> Result<Version, AppError> {
    let mut row = read_entry(app, caller, id).await?;
    if row.offers_due_at.is_some_and(|due| Instant::from(due) < now) {
        settle_all(app, vec![row.session_id], now).await?;
        row = read_entry(app, caller, id).await?;
    }
    let OfEntry { epoch, revision, delivered, .. } = row;
    Ok(Version(format!("{epoch} entry {id} {revision} {delivered}")))
}

#[derive(sqlx::FromRow)]
struct Rows {
    epoch: String,
    found: i64,
    revisions: i64,
    in_time: i64,
}

async fn read_bookings(app: &App, scope: &Scope, since: Instant) -> Result<Rows, AppError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, COUNT(*) AS found, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, \
         CAST(COALESCE(SUM(s.starts_at >= ?), 0) AS SIGNED) AS in_time \
         FROM profile p JOIN booking b ON b.profile_id = p.id JOIN class_session s ON s.id = b.session_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?)",
    )
    .bind(DateTime::<Utc>::from(since))
    .scope(scope)
    .fetch_one(&app.pool)
    .await?)
}

async fn read_makeups(app: &App, scope: &Scope) -> Result<Rows, AppError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, COUNT(*) AS found, \
         CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, 0 AS in_time \
         FROM profile p JOIN makeup_booking m ON m.profile_id = p.id \
         JOIN class_session s ON s.course_schedule_id = m.makeup_schedule_id AND s.booking_date = m.makeup_date \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?)",
    )
    .scope(scope)
    .fetch_one(&app.pool)
    .await?)
}

/// Of `GET /bookings/my`. The hour changes nothing in it.
///
/// # Errors
/// The database's.
pub async fn bookings(app: &App, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let Rows { epoch, found, revisions, .. } = read_bookings(app, scope, now).await?;
    Ok(Version(format!("{epoch} bookings {found} {revisions}")))
}

/// Of `GET /makeup/my`: makeups change under the lock of the class that they are in. The hour changes nothing in it.
///
/// # Errors
/// The database's.
pub async fn makeups(app: &App, scope: &Scope) -> Result<Version, AppError> {
    let Rows { epoch, found, revisions, .. } = read_makeups(app, scope).await?;
    Ok(Version(format!("{epoch} makeups {found} {revisions}")))
}

/// Of `GET /makeup/owed`: bookings, what makes them up, and how many are still young enough to be made up, which the
/// hour changes.
///
/// # Errors
/// The database's.
pub async fn owed(app: &App, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let since = now.minus(app.policy.makeup_validity);
    let Rows { epoch, found, revisions, in_time } = read_bookings(app, scope, since).await?;
    let makeups = read_makeups(app, scope).await?;
    Ok(Version(format!("{epoch} owed {found} {revisions} {in_time} {} {}", makeups.found, makeups.revisions)))
}

#[derive(sqlx::FromRow)]
struct Credit {
    epoch: String,
    movements: i64,
    overdue: i64,
    ended: i64,
    ending: i64,
}

async fn read_credit(app: &App, scope: &Scope, now: Instant) -> Result<Credit, AppError> {
    Ok(sqlx::query_as(
        "SELECT (SELECT epoch FROM read_epoch) AS epoch, \
         (SELECT COUNT(*) FROM compensation_event e JOIN profile o ON o.id = e.profile_id \
          WHERE (? IS NULL OR o.account_id = ?) AND (? IS NULL OR o.id = ?)) AS movements, \
         CAST(COALESCE(SUM(g.status = 'available' AND g.expiry_time <= ?), 0) AS SIGNED) AS overdue, \
         CAST(COALESCE(SUM(g.expiry_time <= ?), 0) AS SIGNED) AS ended, \
         CAST(COALESCE(SUM(g.expiry_time <= ?), 0) AS SIGNED) AS ending \
         FROM profile p JOIN class_credit_compensation g ON g.profile_id = p.id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?)",
    )
    .scope(scope)
    .bind(DateTime::<Utc>::from(now))
    .bind(DateTime::<Utc>::from(now))
    .bind(DateTime::<Utc>::from(now.plus(app.policy.expiring_soon)))
    .scope(scope)
    .fetch_one(&app.pool)
    .await?)
}

/// Of `GET /compensation/balance` and `/history`: the ledger; and how many grants have ended, or will soon, which the
/// hour changes.
///
/// # Errors
/// The database's.
pub async fn credit(app: &App, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let mut read = read_credit(app, scope, now).await?;
    if read.overdue > 0 {
        compensation::settle_own(app, scope, now).await?;
        read = read_credit(app, scope, now).await?;
    }
    let Credit { epoch, movements, ended, ending, .. } = read;
    Ok(Version(format!("{epoch} credit {movements} {ended} {ending}")))
}
