//! Entries as their owners see them.

use super::{no_entry, settle_all};
use crate::App;
use crate::coalesce::Coalescer;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::Scope;
use crate::service::places::Places;
use crate::service::queue::{SessionRow, word};
use chrono::{DateTime, NaiveDate, Utc};
use contract::shapes::{Entry, Page, Position};
use logic::ids::{AccountId, BookingId, ProfileId, ScheduleId, Ticket, WaitlistId};
use logic::position::QueuePosition;
use logic::session::Event;
use logic::status::EntryStatus;
use logic::{Instant, Policy, deadline};
use sqlx::mysql::MySqlPool;
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

/// An entry's row, with what its owner is shown of its class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    id: i64,
    profile_id: i64,
    pub(super) account_id: i64,
    course_schedule_id: i64,
    booking_date: NaiveDate,
    course_name: String,
    starts_at: DateTime<Utc>,
    status: String,
    join_time: DateTime<Utc>,
    last_notified_at: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    response_deadline: Option<DateTime<Utc>>,
    makeup_for: Option<i64>,
    session_id: i64,
    waiting_total: u32,
    offers_due_at: Option<DateTime<Utc>>,
    ahead: i64,
}

/// An entry that was written just now, under its session's lock.
pub(super) struct JoinedRow {
    /// Its row.
    pub(super) id: WaitlistId,
    /// Its place.
    pub(super) ticket: Ticket,
    /// Whose it is.
    pub(super) profile: ProfileId,
    /// Whose that is.
    pub(super) account: AccountId,
    /// When it joined.
    pub(super) now: Instant,
    /// When it was last offered a seat before that.
    pub(super) last_notified_at: Option<Instant>,
    /// Entries that wait, it included unless it was offered a seat at once.
    pub(super) waiting: u32,
}

impl JoinedRow {
    /// The row, as a read right after `events` would find it.
    pub(super) fn row(&self, session: &SessionRow, course_name: &str, events: &[Event]) -> Row {
        let offer = events.iter().find_map(|event| match event {
            Event::Offered { ticket, sent_at, deadline, .. } if *ticket == self.ticket => {
                Some((*sent_at, *deadline))
            }
            _ => None,
        });
        let status = if offer.is_some() { EntryStatus::Notified } else { EntryStatus::Waiting };
        Row {
            id: self.id.0,
            profile_id: self.profile.0,
            account_id: self.account.0,
            course_schedule_id: session.schedule.0,
            booking_date: session.date,
            course_name: course_name.to_owned(),
            starts_at: session.start.into(),
            status: status.as_str().to_owned(),
            join_time: self.now.into(),
            last_notified_at: offer
                .map(|(sent_at, _)| sent_at)
                .or(self.last_notified_at)
                .map(DateTime::<Utc>::from),
            confirmed_at: None,
            response_deadline: offer.map(|(_, deadline)| deadline.into()),
            makeup_for: None,
            session_id: session.id,
            waiting_total: self.waiting,
            offers_due_at: None,
            ahead: if offer.is_some() { 0 } else { i64::from(self.waiting) - 1 },
        }
    }
}

/// The columns of [`Row`]. The rank is counted from the tickets of those that wait before.
macro_rules! entry_select {
    ($where:literal) => {
        concat!(
            "SELECT w.id, w.profile_id, p.account_id, w.course_schedule_id, w.booking_date, c.name AS course_name, ",
            "s.starts_at, w.status, w.join_time, w.last_notified_at, w.confirmed_at, w.response_deadline, ",
            "w.makeup_for, w.session_id, s.waiting AS waiting_total, s.offers_due_at, ",
            "CASE WHEN w.status = 'waiting' THEN (SELECT COUNT(*) FROM waitlist b WHERE b.session_id = w.session_id ",
            "AND b.status = 'waiting' AND b.`position` < w.`position`) ELSE 0 END AS ahead ",
            "FROM waitlist w JOIN profile p ON p.id = w.profile_id JOIN class_session s ON s.id = w.session_id ",
            "JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id ",
            $where
        )
    };
}

impl Row {
    pub(super) fn schedule(&self) -> ScheduleId {
        ScheduleId(self.course_schedule_id)
    }

    fn status(&self) -> Result<EntryStatus, AppError> {
        word(EntryStatus::parse(&self.status), "waitlist.status", &self.status)
    }

    fn standing(&self, rate: f64, now: Instant, policy: &Policy) -> Result<QueuePosition, AppError> {
        let ahead = u32::try_from(self.ahead).unwrap_or(u32::MAX);
        Ok(QueuePosition::of(self.status()?, ahead, rate, self.starts_at.into(), now, policy))
    }

    pub(super) fn entry(&self, rate: f64, now: Instant, policy: &Policy) -> Result<Entry, AppError> {
        let standing = self.standing(rate, now, policy)?;
        let starts_at = Instant::from(self.starts_at);
        Ok(Entry {
            id: WaitlistId(self.id),
            profile_id: ProfileId(self.profile_id),
            course_schedule_id: self.schedule(),
            booking_date: self.booking_date,
            course_name: self.course_name.clone(),
            starts_at,
            position: standing.position,
            status: self.status()?,
            join_time: self.join_time.into(),
            last_notified_at: self.last_notified_at.map(Instant::from),
            confirmed_at: self.confirmed_at.map(Instant::from),
            expires_at: deadline::waitlist_times(starts_at, policy).last_notification_at,
            response_deadline: self.response_deadline.map(Instant::from),
            makeup_for: self.makeup_for.map(BookingId),
            chance: standing.chance,
        })
    }

    pub(super) fn position(&self, rate: f64, now: Instant, policy: &Policy) -> Result<Position, AppError> {
        let standing = self.standing(rate, now, policy)?;
        Ok(Position {
            waitlist_id: WaitlistId(self.id),
            status: self.status()?,
            position: standing.position,
            ahead: standing.ahead,
            waiting_total: self.waiting_total,
            chance: standing.chance,
            estimated_wait_minutes: standing.estimated_wait.and_then(|wait| u32::try_from(wait.0).ok()),
            last_notification_at: deadline::waitlist_times(self.starts_at.into(), policy)
                .last_notification_at,
            as_of: now,
        })
    }

    fn is_due(&self, now: Instant) -> bool {
        self.offers_due_at.is_some_and(|due| Instant::from(due) < now)
    }
}

/// One entry, after its session's overdue offers are settled.
pub(super) async fn settled(app: &App, row: Row, now: Instant) -> Result<Row, AppError> {
    if !row.is_due(now) {
        return Ok(row);
    }
    settle_all(app, vec![row.session_id], now).await?;
    self::row(app, WaitlistId(row.id)).await
}

/// Entries in one read. The statement takes 1, 8 or this many ids, so that few statements are kept prepared.
const MOST: usize = 32;
/// Reads under way at once: one over a long queue does not hold up all others.
const LEADERS: usize = 4;

/// The reads that wait. `None`: their batch failed.
pub type Reads = Coalescer<(), WaitlistId, Option<Option<Row>>>;

/// No reads wait yet.
pub fn reads() -> Reads {
    Coalescer::new(MOST, LEADERS)
}

/// One entry; those who ask at the same time are answered by one statement.
pub(super) async fn row(app: &App, id: WaitlistId) -> Result<Row, AppError> {
    let pool = app.pool.clone();
    let work = move |(), ids: Vec<WaitlistId>| {
        let pool = pool.clone();
        async move {
            let rows = rows_of(&pool, &ids).await.inspect_err(|error| tracing::warn!(%error, "reads failed"));
            ids.iter().map(|id| rows.as_ref().ok().map(|rows| rows.get(&id.0).cloned())).collect()
        }
    };
    match app.reads.ask((), id, work).await? {
        Some(row) => row.ok_or_else(|| no_entry(id)),
        // The error itself is everybody's; asked again, it is the asker's own.
        None => rows_of(&app.pool, &[id]).await?.remove(&id.0).ok_or_else(|| no_entry(id)),
    }
}

async fn rows_of(pool: &MySqlPool, ids: &[WaitlistId]) -> Result<HashMap<i64, Row>, sqlx::Error> {
    let (sql, places) = match ids.len() {
        0 => return Ok(HashMap::new()),
        1 => (entry_select!("WHERE w.id = ?"), 1),
        2..=8 => (entry_select!("WHERE w.id IN (?,?,?,?,?,?,?,?)"), 8),
        _ => (
            entry_select!("WHERE w.id IN (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
            MOST,
        ),
    };
    // The places left over ask for the first id again.
    let padded = ids.iter().chain(ids.iter().cycle()).take(places);
    let query = padded.fold(sqlx::query_as(sql), |query, id| query.bind(id.0));
    let rows: Vec<Row> = query.fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

pub(super) async fn my(app: &App, filter: &MyFilter, now: Instant) -> Result<Page<Entry>, AppError> {
    let mut rows = page(app, filter).await?;
    let next = filter.list.next(&mut rows, |row| Cursor::at(row.join_time.into(), row.id));
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(row.entry(app.rates.of(app, row.schedule(), now).await?, now, &app.policy)?);
    }
    Ok(Page { items, next_cursor: next })
}

/// Settles the sessions that the caller's live entries are in, before a list of them is read. Not only those of the
/// list's rows: settling gives entries another status, and so may bring them into the list.
pub(in crate::service) async fn settle_own(app: &App, scope: &Scope, now: Instant) -> Result<(), AppError> {
    let sessions = sqlx::query_scalar(
        "SELECT DISTINCT s.id FROM waitlist w JOIN profile p ON p.id = w.profile_id \
         JOIN class_session s ON s.id = w.session_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR w.profile_id = ?) \
         AND w.status IN ('waiting', 'notified') AND s.offers_due_at < ? ORDER BY s.id",
    )
    .scope(scope)
    .bind(DateTime::<Utc>::from(now))
    .fetch_all(&app.pool)
    .await?;
    settle_all(app, sessions, now).await
}

/// One row more than the page holds, so that the caller sees whether there is a next one.
async fn page(app: &App, filter: &MyFilter) -> Result<Vec<Row>, AppError> {
    let scope = &filter.scope;
    let rows = sqlx::query_as(entry_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR w.profile_id = ?) AND (? IS NULL OR w.status = ?) \
         AND (? IS NULL OR w.join_time < ? OR (w.join_time = ? AND w.id < ?)) \
         ORDER BY w.join_time DESC, w.id DESC LIMIT ?"
    ))
    .scope(scope)
    .bind(filter.status.map(EntryStatus::as_str))
    .bind(filter.status.map(EntryStatus::as_str))
    .page(&filter.list)
    .fetch_all(&app.pool)
    .await?;
    Ok(rows)
}
