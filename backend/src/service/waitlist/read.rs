//! Entries as their owners see them.

use super::state::Waitlist;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::{self, Scope};
use crate::service::policies::ClassPolicy;
use crate::service::queue::{is_overdue, settle_all};
use crate::service::release_rates::Rates;
use crate::store::{self, Conn, EntryView};
use contract::shapes::{Entry, Page, Position};
use logic::ids::WaitlistId;
use logic::position::QueuePosition;
use logic::status::EntryStatus;
use logic::{Instant, deadline};
use std::collections::HashMap;

/// `?profile_id=&status=&limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct MyFilter {
    /// Whose entries.
    pub scope: Scope,
    /// One status.
    pub status: Option<EntryStatus>,
    /// Which page.
    pub list: Paging,
}

/// `GET /waitlist/my`: the entries of a scope, newest first, after its version was taken, which settles.
pub async fn my(waitlist: &Waitlist, filter: &MyFilter, now: Instant) -> Result<Page<Entry>, AppError> {
    let MyFilter { scope, status, list } = filter;
    let mut rows = store::waitlist_list(&waitlist.context.pool, scope.owner(), *status, list).await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.join_time, row.id.0));
    let rates = waitlist.rates.current(&waitlist.context, now).await?;
    let context = &waitlist.context;
    let versions = context.policies.for_classes(&context.pool, &rows).await?;
    let entries = rows.into_iter().map(|row| {
        let policy = versions.of_class(&row)?;
        Ok(entry(row, &rates, now, &policy))
    });
    Ok(Page { items: entries.collect::<Result<_, AppError>>()?, next_cursor })
}

/// The entry of a row that is not overdue.
pub(super) fn entry(row: EntryView, rates: &Rates, now: Instant, policy: &ClassPolicy) -> Entry {
    let QueuePosition { position, chance, .. } = queue_position(&row, rates, now, policy);
    let chance_known = is_chance_known(&row, rates);
    Entry {
        id: row.id,
        profile_id: row.profile_id,
        course_schedule_id: row.course_schedule_id,
        booking_date: row.booking_date,
        course_name: row.course_name,
        starts_at: row.starts_at,
        position,
        status: row.status,
        join_time: row.join_time,
        last_notified_at: row.last_notified_at,
        confirmed_at: row.confirmed_at,
        expires_at: deadline::waitlist_times(row.starts_at, policy).last_notification_at,
        response_deadline: row.response_deadline,
        makeup_for: row.makeup_for,
        chance,
        chance_known,
        policy_id: policy.id(),
    }
}

/// An entry as the transaction that changed it shows it: nothing in its class is overdue.
pub(super) async fn written(
    waitlist: &Waitlist,
    conn: &mut Conn,
    rates: &Rates,
    id: WaitlistId,
    now: Instant,
) -> Result<Entry, AppError> {
    let row = store::waitlist_view(&mut *conn, &[id]).await?.pop().ok_or_else(|| access::no_entry(id))?;
    let policy = waitlist.context.policies.of_class(conn, &row).await?;
    Ok(entry(row, rates, now, &policy))
}

/// An entry as its owner is shown it: no dead offer is alive, and nobody waits once the list has closed (RULES §2).
pub(super) async fn shown(waitlist: &Waitlist, row: EntryView, now: Instant) -> Result<Entry, AppError> {
    let row = settled(waitlist, row, now).await?;
    let rates = waitlist.rates.current(&waitlist.context, now).await?;
    let policy = of_class(waitlist, &row).await?;
    Ok(entry(row, &rates, now, &policy))
}

async fn of_class(waitlist: &Waitlist, row: &EntryView) -> Result<ClassPolicy, AppError> {
    waitlist.context.policies.of_class(&waitlist.context.pool, row).await
}

/// The place of an entry in its queue, after its class is settled.
pub(super) async fn position(
    waitlist: &Waitlist,
    row: EntryView,
    now: Instant,
) -> Result<Position, AppError> {
    let row = settled(waitlist, row, now).await?;
    let rates = waitlist.rates.current(&waitlist.context, now).await?;
    let policy = &of_class(waitlist, &row).await?;
    let QueuePosition { position, ahead, chance, estimated_wait } = queue_position(&row, &rates, now, policy);
    Ok(Position {
        waitlist_id: row.id,
        status: row.status,
        position,
        ahead,
        waiting_total: row.waiting_total,
        chance,
        chance_known: is_chance_known(&row, &rates),
        estimated_wait_minutes: estimated_wait.and_then(|wait| u32::try_from(wait.0).ok()),
        last_notification_at: deadline::waitlist_times(row.starts_at, policy).last_notification_at,
        as_of: now,
    })
}

/// Whether the chance of an entry that waits rests on more than the prior (R6.7). Nobody else has a chance.
fn is_chance_known(row: &EntryView, rates: &Rates) -> bool {
    row.status == EntryStatus::Waiting && rates.of(row.course_schedule_id).known
}

fn queue_position(row: &EntryView, rates: &Rates, now: Instant, policy: &ClassPolicy) -> QueuePosition {
    let rate = rates.of(row.course_schedule_id).per_hour;
    QueuePosition::of(row.status, row.ahead, rate, row.starts_at, now, policy)
}

/// A row, read again if its class was overdue, which is settled first.
async fn settled(waitlist: &Waitlist, row: EntryView, now: Instant) -> Result<EntryView, AppError> {
    if !is_overdue(row.due_at, now) {
        return Ok(row);
    }
    settle_all(&waitlist.context, vec![row.session_id], now).await?;
    self::row(waitlist, row.id).await
}

/// One entry; callers who ask at the same time are answered by one statement.
pub(super) async fn row(waitlist: &Waitlist, id: WaitlistId) -> Result<EntryView, AppError> {
    let pool = waitlist.context.pool.clone();
    let work = move |(), ids: Vec<WaitlistId>| {
        let pool = pool.clone();
        async move {
            let rows = store::waitlist_view(&pool, &ids).await;
            let rows = rows
                .inspect_err(|error| tracing::warn!(%error, "a batch of entries could not be read"))
                .map(by_id);
            ids.iter().map(|id| rows.as_ref().ok().map(|rows| rows.get(id).cloned())).collect()
        }
    };
    let row = match waitlist.reads.ask((), id, work).await? {
        Some(row) => row,
        // An error belongs to everybody in the batch; read again, it is the caller's own.
        None => by_id(store::waitlist_view(&waitlist.context.pool, &[id]).await?).remove(&id),
    };
    row.ok_or_else(|| access::no_entry(id))
}

fn by_id(rows: Vec<EntryView>) -> HashMap<WaitlistId, EntryView> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}
