//! Classes as members see them: the timetable laid over a span of days, with what is booked, held and waiting.

use super::queue::{count, touch};
use super::timetable::{Row, meets_on, session_select, starts_at};
use crate::App;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use contract::shapes::{Page, Session};
use logic::booking::bookable_seats;
use logic::deadline::{phase, waitlist_times};
use logic::ids::{CourseId, ScheduleId};
use logic::session::Command;
use logic::status::SessionStatus;
use logic::{Instant, Minutes, Policy};
use std::collections::HashMap;

/// The longest span that a list covers, both ends included.
pub(super) const MAX_DAYS: i64 = 31;

/// Which classes.
#[derive(Clone, Debug)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// One course alone.
    pub course: Option<CourseId>,
    /// Which page.
    pub list: Paging,
}

/// `GET /sessions`: classes between two days, in the order in which they start.
///
/// # Errors
/// `invalid_request` for a span that is empty or longer than 31 days.
pub async fn list(app: &App, span: &Span, now: Instant) -> Result<Page<Session>, AppError> {
    let mut sessions = between(app, span.course, span.from, span.to, now).await?;
    sessions.retain(|session| is_behind(session, span.list.cursor.as_ref()));
    sessions.truncate(usize::try_from(span.list.fetch()).unwrap_or(usize::MAX));
    let next_cursor = span.list.next(&mut sessions, cursor);
    Ok(Page { items: sessions, next_cursor })
}

/// Every class between two days, both included, in the order in which they start.
pub(super) async fn between(
    app: &App,
    course: Option<CourseId>,
    from: NaiveDate,
    to: NaiveDate,
    now: Instant,
) -> Result<Vec<Session>, AppError> {
    let days = (to - from).num_days() + 1;
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(AppError::invalid(format!(
            "from {from} to {to} is {days} days: ask for 1 to {MAX_DAYS}, `from` first"
        )));
    }
    let schedules = schedules(app, course, None).await?;
    let rows = settled_rows(app, None, from, to, now).await?;
    let mut sessions = Vec::new();
    for date in from.iter_days().take_while(|date| *date <= to) {
        for schedule in schedules.iter().filter(|schedule| meets_on(schedule.weekday, date)) {
            sessions.push(view(app, schedule, rows.get(&(schedule.id, date)), date, now)?);
        }
    }
    sessions.sort_by_key(key);
    Ok(sessions)
}

/// Whether a class comes after the one that a page ended at.
pub(super) fn is_behind(session: &Session, cursor: Option<&Cursor>) -> bool {
    cursor.is_none_or(|cursor| key(session) > (cursor.at, cursor.id))
}

/// Where a page that ends at this class ends.
pub(super) fn cursor(session: &Session) -> Cursor {
    let (at, id) = key(session);
    Cursor::at(at, id)
}

/// `GET /sessions/{id}/{date}`.
///
/// # Errors
/// `not_found` if there is no such class on that day.
pub async fn get(app: &App, id: ScheduleId, date: NaiveDate, now: Instant) -> Result<Session, AppError> {
    let schedules = schedules(app, None, Some(id)).await?;
    let schedule = schedules
        .first()
        .filter(|schedule| meets_on(schedule.weekday, date))
        .ok_or_else(|| AppError::not_found(format!("course schedule {id} has no class on {date}")))?;
    let rows = settled_rows(app, Some(id), date, date, now).await?;
    view(app, schedule, rows.get(&(id.0, date)), date, now)
}

/// No two classes of one schedule start at once, so this orders them all.
fn key(session: &Session) -> (Instant, i64) {
    (session.starts_at, session.course_schedule_id.0)
}

#[derive(sqlx::FromRow)]
struct Schedule {
    id: i64,
    course_id: i64,
    course_name: String,
    category: String,
    weekday: i64,
    start_time: NaiveTime,
    capacity: u32,
    duration: i64,
    queue_capacity: Option<u32>,
}

async fn schedules(
    app: &App,
    course: Option<CourseId>,
    id: Option<ScheduleId>,
) -> Result<Vec<Schedule>, AppError> {
    Ok(sqlx::query_as(
        "SELECT s.id, c.id AS course_id, c.name AS course_name, c.category, CAST(s.weekday AS SIGNED) AS weekday, \
         s.start_time, s.capacity, CAST(COALESCE(s.duration_minutes, c.duration_minutes) AS SIGNED) AS duration, \
         c.queue_capacity FROM course_schedule s JOIN course c ON c.id = s.course_id \
         WHERE (? IS NULL OR c.id = ?) AND (? IS NULL OR s.id = ?)",
    )
    .bind(course.map(|course| course.0))
    .bind(course.map(|course| course.0))
    .bind(id.map(|id| id.0))
    .bind(id.map(|id| id.0))
    .fetch_all(&app.pool)
    .await?)
}

type Rows = HashMap<(i64, NaiveDate), Row>;

/// The rows of the span, after their overdue offers are settled.
async fn settled_rows(
    app: &App,
    schedule: Option<ScheduleId>,
    from: NaiveDate,
    to: NaiveDate,
    now: Instant,
) -> Result<Rows, AppError> {
    let read = rows(app, schedule, from, to).await?;
    let due: Vec<i64> = read
        .values()
        .filter(|row| row.offers_due_at.is_some_and(|due| Instant::from(due) < now))
        .map(|row| row.id)
        .collect();
    if due.is_empty() {
        return Ok(read);
    }
    for id in due {
        touch(app, id, Command::Settle, now).await?;
    }
    rows(app, schedule, from, to).await
}

async fn rows(
    app: &App,
    schedule: Option<ScheduleId>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Rows, AppError> {
    let rows: Vec<Row> = sqlx::query_as(session_select!(
        "WHERE booking_date BETWEEN ? AND ? AND (? IS NULL OR course_schedule_id = ?)"
    ))
    .bind(from)
    .bind(to)
    .bind(schedule.map(|id| id.0))
    .bind(schedule.map(|id| id.0))
    .fetch_all(&app.pool)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.course_schedule_id, row.booking_date), row)).collect())
}

/// A class as it is shown: from its row, or from the timetable while nobody has touched it.
fn view(
    app: &App,
    schedule: &Schedule,
    row: Option<&Row>,
    date: NaiveDate,
    now: Instant,
) -> Result<Session, AppError> {
    let policy: &Policy = &app.policy;
    let (start, end, duration) = match row {
        Some(row) => (row.starts_at, row.ends_at, count(row.duration_minutes)),
        None => {
            let start = starts_at(app.zone, date, schedule.start_time);
            let length = TimeDelta::milliseconds(Minutes(schedule.duration).millis());
            (start, start + length, u32::try_from(schedule.duration).unwrap_or(0))
        }
    };
    let status = row.map_or(Ok(SessionStatus::Scheduled), Row::status)?;
    let start = Instant::from(start);
    let phase = phase(start, now, policy);
    let capacity = row.map_or(schedule.capacity, |row| row.capacity);
    let (booked, held, waiting) = row.map_or((0, 0, 0), |row| (row.booked, row.held, row.waiting));
    let free = capacity.saturating_sub(booked).saturating_sub(held);
    let times = waitlist_times(start, policy);
    Ok(Session {
        course_schedule_id: ScheduleId(schedule.id),
        booking_date: date,
        course_id: CourseId(schedule.course_id),
        course_name: schedule.course_name.clone(),
        category: schedule.category.clone(),
        starts_at: start,
        ends_at: end.into(),
        duration_minutes: duration,
        capacity,
        booked,
        held,
        free: bookable_seats(status, phase, waiting, free),
        waiting,
        queue_capacity: row
            .map_or(schedule.queue_capacity, |row| row.queue_capacity)
            .unwrap_or(policy.queue_capacity),
        phase,
        last_notification_at: times.last_notification_at,
        response_cutoff_at: times.response_cutoff_at,
        status,
    })
}
