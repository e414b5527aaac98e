//! Entries as their owners see them.

use super::{no_entry, settle_all};
use crate::App;
use crate::auth::Caller;
use crate::domain::access;
use crate::domain::queue::word;
use crate::error::AppError;
use crate::http::list::{Cursor, ListQuery};
use chrono::{DateTime, NaiveDate, Utc};
use logic::api::{Entry, Page, Position};
use logic::ids::{BookingId, ProfileId, ScheduleId, WaitlistId};
use logic::standing::Standing;
use logic::status::EntryStatus;
use logic::{Instant, Policy, deadline};

/// `?profile_id=&status=&limit=&cursor=`.
#[derive(Clone, Debug)]
pub struct MyFilter {
    /// One profile; all of the account's without it.
    pub profile: Option<ProfileId>,
    /// One status.
    pub status: Option<EntryStatus>,
    /// Which page.
    pub list: ListQuery,
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
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

    fn standing(&self, rate: f64, now: Instant, policy: &Policy) -> Result<Standing, AppError> {
        let ahead = u32::try_from(self.ahead).unwrap_or(u32::MAX);
        Ok(Standing::of(self.status()?, ahead, rate, self.starts_at.into(), now, policy))
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
pub(super) async fn settled_row(app: &App, id: WaitlistId, now: Instant) -> Result<Row, AppError> {
    let row = row(app, id).await?;
    if !row.is_due(now) {
        return Ok(row);
    }
    settle_all(app, vec![row.session_id], now).await?;
    self::row(app, id).await
}

async fn row(app: &App, id: WaitlistId) -> Result<Row, AppError> {
    sqlx::query_as(entry_select!("WHERE w.id = ?"))
        .bind(id.0)
        .fetch_optional(&app.pool)
        .await?
        .ok_or_else(|| no_entry(id))
}

pub(super) async fn my(
    app: &App,
    caller: &Caller,
    filter: &MyFilter,
    now: Instant,
) -> Result<Page<Entry>, AppError> {
    if let Some(profile) = filter.profile {
        let mut conn = app.pool.acquire().await?;
        caller.require_profile(&mut conn, profile).await?;
    }
    settle_own(app, caller, filter.profile, now).await?;
    let mut rows = page(app, caller, filter).await?;
    let next = filter.list.next(&mut rows, |row| Cursor::at(row.join_time.into(), row.id));
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(row.entry(app.rates.of(app, row.schedule(), now).await?, now, &app.policy)?);
    }
    Ok(Page { items, next_cursor: next })
}

/// Settles the sessions that the caller's live entries are in, before a list of them is read. Not only those of the
/// list's rows: settling gives entries another status, and so may bring them into the list.
pub(in crate::domain) async fn settle_own(
    app: &App,
    caller: &Caller,
    profile: Option<ProfileId>,
    now: Instant,
) -> Result<(), AppError> {
    let account = access::only_own(caller, profile);
    let profile = profile.map(|profile| profile.0);
    let sessions = sqlx::query_scalar(
        "SELECT DISTINCT s.id FROM waitlist w JOIN profile p ON p.id = w.profile_id \
         JOIN class_session s ON s.id = w.session_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR w.profile_id = ?) \
         AND w.status IN ('waiting', 'notified') AND s.offers_due_at < ? ORDER BY s.id",
    )
    .bind(account)
    .bind(account)
    .bind(profile)
    .bind(profile)
    .bind(DateTime::<Utc>::from(now))
    .fetch_all(&app.pool)
    .await?;
    settle_all(app, sessions, now).await
}

/// One row more than the page holds, so that the caller sees whether there is a next one.
async fn page(app: &App, caller: &Caller, filter: &MyFilter) -> Result<Vec<Row>, AppError> {
    let account = access::only_own(caller, filter.profile);
    let before = filter.list.cursor.as_ref().map(|cursor| (DateTime::<Utc>::from(cursor.at), cursor.id));
    let rows = sqlx::query_as(entry_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR w.profile_id = ?) AND (? IS NULL OR w.status = ?) \
         AND (? IS NULL OR w.join_time < ? OR (w.join_time = ? AND w.id < ?)) \
         ORDER BY w.join_time DESC, w.id DESC LIMIT ?"
    ))
    .bind(account)
    .bind(account)
    .bind(filter.profile.map(|profile| profile.0))
    .bind(filter.profile.map(|profile| profile.0))
    .bind(filter.status.map(EntryStatus::as_str))
    .bind(filter.status.map(EntryStatus::as_str))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(at, _)| at))
    .bind(before.map(|(_, id)| id))
    .bind(filter.list.fetch())
    .fetch_all(&app.pool)
    .await?;
    Ok(rows)
}
