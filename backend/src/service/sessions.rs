//! Classes as members see them: the timetable laid over a span of days, with what is booked, held and waiting.

use super::Context;
use super::classes::{ClassName, no_class};
use super::policies::{ClassPolicy, OfClass};
use super::queue::{is_overdue, settle_all};
use super::timetable::{class_of, meets_on};
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::store::{self, ClassSession, ClassSessionRow, Conn, CourseScheduleRow, SlotCoach};
use chrono::NaiveDate;
use contract::shapes::{Coach, Page, Session};
use logic::Instant;
use logic::booking::{bookable_seats, free_seats, shown_status};
use logic::deadline::{phase, waitlist_times};
use logic::ids::{CourseId, PolicyId, ScheduleId, SessionId};
use logic::status::SessionStatus;
use std::collections::HashMap;

/// The longest span that a list covers, both ends included.
pub(super) const MAX_DAYS: i64 = 31;

/// The classes of a list.
#[derive(Clone, Debug)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// One course; `None` is all.
    pub course: Option<CourseId>,
    /// Which page.
    pub list: Paging,
}

/// `GET /sessions`: classes between two days, in the order in which they start.
///
/// # Errors
/// `invalid_request` for a span that is empty or longer than 31 days.
pub async fn list(context: &Context, span: &Span, now: Instant) -> Result<Page<Session>, AppError> {
    let classes = between(context, span.course, span.from, span.to, now).await?;
    let mut sessions: Vec<Session> = classes.into_iter().map(|class| class.session).collect();
    sessions.retain(|session| is_behind(session, span.list.cursor.as_ref()));
    sessions.truncate(usize::try_from(span.list.fetch()).unwrap_or(usize::MAX));
    let next_cursor = span.list.next(&mut sessions, cursor);
    Ok(Page { items: sessions, next_cursor })
}

/// Every class between two days, both included, in the order in which they start.
pub(super) async fn between(
    context: &Context,
    course: Option<CourseId>,
    from: NaiveDate,
    to: NaiveDate,
    now: Instant,
) -> Result<Vec<Judged>, AppError> {
    let days = (to - from).num_days() + 1;
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(AppError::invalid(format!(
            "from {from} to {to} is {days} days: ask for 1 to {MAX_DAYS}, `from` first"
        )));
    }
    let schedules = store::course_schedule_list(&context.pool, course, None).await?;
    let rows = settled_rows(context, None, from, to, now).await?;
    let mut classes = Vec::new();
    for date in from.iter_days().take_while(|date| *date <= to) {
        for slot in &schedules {
            let row = rows.get(&(slot.id, date));
            if row.is_some() || meets_on(slot, date) {
                classes.push(Class::of(context, slot, row, date));
            }
        }
    }
    let versions = context.policies.for_classes(&context.pool, &classes).await?;
    let judged = classes.iter().map(|class| Ok(class.judged(versions.of_class(class)?, now)));
    let mut judged = judged.collect::<Result<Vec<Judged>, AppError>>()?;
    judged.sort_by_key(|class| key(&class.session));
    Ok(judged)
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
pub async fn get(
    context: &Context,
    id: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<Session, AppError> {
    Ok(judged(context, id, date, now).await?.session)
}

/// A class as it is shown, with what is not.
pub(super) struct Judged {
    /// As it is shown.
    pub session: Session,
    /// Its row, if it has one.
    pub row: Option<SessionId>,
    /// The version of the policy that judges it.
    pub policy: ClassPolicy,
}

/// As [`get`], with the class's row and its version of the policy.
///
/// # Errors
/// As [`get`].
pub(super) async fn judged(
    context: &Context,
    id: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<Judged, AppError> {
    let slot = store::course_schedule_get(&context.pool, id).await?.ok_or_else(|| no_class(id, date))?;
    let rows = settled_rows(context, Some(id), date, date, now).await?;
    let row = rows.get(&(id, date));
    if row.is_none() && !meets_on(&slot, date) {
        return Err(no_class(id, date));
    }
    let class = Class::of(context, &slot, row, date);
    let policy = context.policies.of_class(&context.pool, &class).await?;
    Ok(class.judged(policy, now))
}

/// A class as the transaction that changed it shows it: nothing in it is overdue.
pub(super) async fn read(
    context: &Context,
    conn: &mut Conn,
    id: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<Session, AppError> {
    let slot = store::course_schedule_get(&mut *conn, id).await?.ok_or_else(|| no_class(id, date))?;
    let row = store::class_session_list(&mut *conn, Some(id), date, date).await?.pop();
    let class = Class::of(context, &slot, row.as_ref(), date);
    Ok(class.view(&context.policies.of_class(conn, &class).await?, now))
}

/// No two classes of one slot start at once, so this orders them all.
fn key(session: &Session) -> (Instant, i64) {
    (session.starts_at, session.course_schedule_id.0)
}

type Rows = HashMap<ClassName, ClassSessionRow>;

/// The rows of classes in the span, after those that are overdue are settled.
async fn settled_rows(
    context: &Context,
    schedule: Option<ScheduleId>,
    from: NaiveDate,
    to: NaiveDate,
    now: Instant,
) -> Result<Rows, AppError> {
    let read = rows(context, schedule, from, to).await?;
    let overdue = |row: &&ClassSessionRow| is_overdue(row.due.at, now);
    let due: Vec<SessionId> = read.values().filter(overdue).map(|row| row.class.id).collect();
    if due.is_empty() {
        return Ok(read);
    }
    settle_all(context, due, now).await?;
    rows(context, schedule, from, to).await
}

async fn rows(
    context: &Context,
    schedule: Option<ScheduleId>,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Rows, AppError> {
    let rows = store::class_session_list(&context.pool, schedule, from, to).await?;
    let key = |class: &ClassSession| (class.course_schedule_id, class.booking_date);
    let classes = rows.into_iter().filter(|row| row.class_exists);
    Ok(classes.map(|row| (key(&row.class), row)).collect())
}

/// A class as it is shown: from its row, or from the timetable if it has none yet.
struct Class<'a> {
    slot: &'a CourseScheduleRow,
    row: Option<&'a ClassSessionRow>,
    date: NaiveDate,
    starts_at: Instant,
    ends_at: Instant,
    duration_minutes: u32,
}

impl OfClass for Class<'_> {
    fn policy_id(&self) -> Option<PolicyId> {
        self.row.and_then(|row| row.class.policy_id)
    }

    fn starts_at(&self) -> Instant {
        self.starts_at
    }
}

impl<'a> Class<'a> {
    fn of(
        context: &Context,
        slot: &'a CourseScheduleRow,
        row: Option<&'a ClassSessionRow>,
        date: NaiveDate,
    ) -> Self {
        let (starts_at, ends_at, duration_minutes) = match row {
            Some(row) => (row.class.starts_at, row.class.ends_at, row.class.duration_minutes),
            None => {
                let class = class_of(slot, context.zone, date);
                (class.starts_at, class.ends_at, class.duration_minutes)
            }
        };
        Self { slot, row, date, starts_at, ends_at, duration_minutes }
    }

    fn judged(&self, policy: ClassPolicy, now: Instant) -> Judged {
        Judged { session: self.view(&policy, now), row: self.row.map(|row| row.class.id), policy }
    }

    fn view(&self, policy: &ClassPolicy, now: Instant) -> Session {
        let &Self { slot, row, date, starts_at, ends_at, duration_minutes } = self;
        let status = row.map_or(SessionStatus::Scheduled, |row| {
            shown_status(row.status, row.on_timetable, row.class.starts_at, now)
        });
        let phase = phase(starts_at, now, policy);
        let counters = row.map(|row| row.counters);
        let capacity = counters.map_or(slot.capacity, |counters| counters.capacity);
        let (booked, held, waiting) =
            counters.map_or((0, 0, 0), |counters| (counters.booked, counters.held, counters.waiting));
        let free = free_seats(capacity, booked, held);
        let times = waitlist_times(starts_at, policy);
        Session {
            course_schedule_id: slot.id,
            booking_date: date,
            course_id: slot.course_id,
            course_name: slot.course_name.clone(),
            category: slot.category.clone(),
            starts_at,
            ends_at,
            duration_minutes,
            capacity,
            capacity_own: row.is_some_and(|row| row.capacity_own),
            booked,
            held,
            free: bookable_seats(status, phase, waiting, free),
            waiting,
            queue_capacity: row
                .map_or(slot.queue_capacity, |row| row.queue_capacity)
                .unwrap_or(policy.queue_capacity),
            phase,
            last_notification_at: times.last_notification_at,
            response_cutoff_at: times.response_cutoff_at,
            status,
            coach: coach(slot),
            room: slot.room.clone(),
            policy_id: policy.id(),
            policy_fixed: policy.is_fixed(),
        }
    }
}

fn coach(slot: &CourseScheduleRow) -> Option<Coach> {
    let SlotCoach { account_id, name } = slot.coach.clone();
    (account_id.is_some() || name.is_some()).then_some(Coach { account_id, name })
}
