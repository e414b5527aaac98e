//! Versions of what members read: a list whose version is the one that the caller holds need not be read again.
//!
//! A version is computed by a statement or two over indexes, without the list's rows. It may change where the list did not;
//! it never stays where the list changed. It is made of
//!
//! - `read_epoch`: different in every database, and after every load of fixtures, which may change any row;
//! - how many rows the caller has, which only grows: entries, bookings and makeups are never deleted;
//! - the sum of the revisions of their classes. Every change to a class or to anything in it happens under its row's
//!   lock, and adds one to its `revision`;
//! - how many of the messages have an outcome: the dispatcher writes that outside the lock, once for each message;
//! - for credit, how many movements the ledger has: it is only added to;
//! - what the time of day changes: see each function. Chances change all the time: a version that covers some holds for
//!   `CHANCE_HOLDS_MS`.
//!
//! Each function first settles what is overdue, as the list itself must (RULES §2). A version is taken before the rows
//! are read: what changes in between gives the rows an older version, and the next read finds that.

use super::Context;
use super::access::{self, Scope};
use super::compensation;
use super::queue::{is_overdue, settle_all};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, CreditVersion, EntriesVersion, EntryVersion, RowsVersion};
use logic::Instant;
use logic::ids::WaitlistId;

/// How long a list may count as unchanged although the chances in it moved on, in milliseconds.
const CHANCE_HOLDS_MS: i64 = 60 * 1000;
/// How long a position may count as unchanged although its `as_of` is older, in milliseconds.
const AS_OF_HOLDS_MS: i64 = 15 * 1000;

/// What a list is made of, in a form to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// `now`, rounded so that it changes once in `hold` milliseconds. Under the dev clock, which stands still between calls,
/// it is `now` itself: nobody waits there for a span to end.
fn held(context: &Context, now: Instant, hold: i64) -> i64 {
    if context.clock.as_dev().is_some() { now.millis() } else { now.millis().div_euclid(hold) }
}

/// The time that the `as_of` of a position counts as.
pub fn position_time(context: &Context, now: Instant) -> Instant {
    let hold = if context.clock.as_dev().is_some() { 1 } else { AS_OF_HOLDS_MS };
    Instant::clamped(now.millis().div_euclid(hold) * hold)
}

/// The version of someone's entries, after the classes of their live entries are settled. Not only those of the list's
/// rows: settling gives entries another status, and so may bring them into the list.
async fn settled_entries(context: &Context, scope: &Scope, now: Instant) -> Result<EntriesVersion, AppError> {
    let (pool, owner) = (&context.pool, scope.owner());
    let read = store::version_entries(pool, owner).await?;
    if !is_overdue(read.due, now) {
        return Ok(read);
    }
    settle_all(context, store::class_session_list_overdue(pool, owner, now).await?, now).await?;
    Ok(store::version_entries(pool, owner).await?)
}

/// The version of `GET /waitlist/my`. While any of the entries waits, it holds for `CHANCE_HOLDS_MS`: entries carry
/// chances.
pub async fn entries(context: &Context, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let EntriesVersion { epoch, entries, revisions, waiting, .. } =
        settled_entries(context, scope, now).await?;
    let time = (waiting > 0).then(|| held(context, now, CHANCE_HOLDS_MS));
    Ok(Version(format!("{epoch} entries {entries} {revisions} {time:?}")))
}

/// The version of `GET /notifications/my`. Time changes nothing in it but by settling.
pub async fn notifications(context: &Context, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let EntriesVersion { epoch, entries, revisions, delivered, .. } =
        settled_entries(context, scope, now).await?;
    Ok(Version(format!("{epoch} notifications {entries} {revisions} {delivered}")))
}

async fn own_entry(context: &Context, caller: &Caller, id: WaitlistId) -> Result<EntryVersion, AppError> {
    let row = store::version_entry(&context.pool, id, caller.account).await?;
    row.filter(|row| access::sees(caller, row.is_own)).ok_or_else(|| access::no_entry(id))
}

/// The version of `GET /waitlist/{id}/notifications`, for its owner or the staff.
///
/// # Errors
/// `not_found`.
pub async fn of_entry(
    context: &Context,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Version, AppError> {
    let mut row = own_entry(context, caller, id).await?;
    if is_overdue(row.due_at, now) {
        settle_all(context, vec![row.session_id], now).await?;
        row = own_entry(context, caller, id).await?;
    }
    let EntryVersion { epoch, revision, delivered, .. } = row;
    Ok(Version(format!("{epoch} entry {id} {revision} {delivered}")))
}

/// The version of `GET /bookings/my`. Time changes nothing in it.
pub async fn bookings(context: &Context, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let RowsVersion { epoch, found, revisions, .. } =
        store::version_bookings(&context.pool, scope.owner(), now).await?;
    Ok(Version(format!("{epoch} bookings {found} {revisions}")))
}

/// The version of `GET /makeup/my`: makeups change under the lock of their class. Time changes nothing in it.
pub async fn makeups(context: &Context, scope: &Scope) -> Result<Version, AppError> {
    let RowsVersion { epoch, found, revisions, .. } =
        store::version_makeups(&context.pool, scope.owner()).await?;
    Ok(Version(format!("{epoch} makeups {found} {revisions}")))
}

/// The version of `GET /makeup/owed`: bookings, what makes them up, and how many rights to a makeup are still open, which
/// time changes.
pub async fn owed(context: &Context, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let RowsVersion { epoch, found, revisions, in_time } =
        store::version_bookings(&context.pool, scope.owner(), now).await?;
    let makeups = store::version_makeups(&context.pool, scope.owner()).await?;
    Ok(Version(format!("{epoch} owed {found} {revisions} {in_time} {} {}", makeups.found, makeups.revisions)))
}

/// The version of `GET /compensation/balance` and `/history`: the ledger; and how many grants have ended, or will soon,
/// which time changes.
pub async fn credit(context: &Context, scope: &Scope, now: Instant) -> Result<Version, AppError> {
    let (pool, owner) = (&context.pool, scope.owner());
    let soon = now.plus(context.policies.current(pool, now).await?.expiring_soon);
    let mut read = store::version_credit(pool, owner, now, soon).await?;
    if read.overdue > 0 {
        compensation::settle_own(context, scope, now).await?;
        read = store::version_credit(pool, owner, now, soon).await?;
    }
    let CreditVersion { epoch, movements, ended, ending, .. } = read;
    Ok(Version(format!("{epoch} credit {movements} {ended} {ending}")))
}
