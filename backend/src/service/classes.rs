//! The one look-up of a class, on every path alike (R2.90): its row, if it is a class, or else what the timetable has.
//! A row is made only after the rules that need none have passed.

use super::Context;
use super::queue::{Locked, ProfileFacts, Want};
use super::timetable::{class_of, meets_on};
use crate::db::{Terms, run_tx_on};
use crate::error::AppError;
use crate::store::{self, Conn, NewClassSession};
use crate::unit::{Unit, Verdict};
use chrono::NaiveDate;
use chrono_tz::Tz;
use logic::Instant;
use logic::ids::{ProfileId, ScheduleId, SessionId};
use logic::session::Command;

/// A class as callers name it.
pub type ClassName = (ScheduleId, NaiveDate);

/// A class that exists.
#[derive(Clone, Debug)]
pub enum Found {
    /// It has a row.
    Row(SessionId),
    /// Nobody has asked for it yet.
    Timetable(NewClassSession),
}

/// The class of a slot and a day.
///
/// # Errors
/// `not_found` if there is no such class.
pub async fn find(conn: &mut Conn, zone: Tz, (schedule, date): ClassName) -> Result<Found, AppError> {
    if let Some(id) = store::class_session_find(&mut *conn, schedule, date).await? {
        return Ok(Found::Row(id));
    }
    let slot = store::course_schedule_get(&mut *conn, schedule)
        .await?
        .ok_or_else(|| AppError::not_found(format!("there is no course schedule {schedule}")))?;
    if !meets_on(&slot, date) {
        return Err(no_class(schedule, date));
    }
    Ok(Found::Timetable(class_of(&slot, zone, date)))
}

/// 404: the slot has no class on that day.
pub(super) fn no_class(schedule: ScheduleId, date: NaiveDate) -> AppError {
    AppError::not_found(format!("course schedule {schedule} has no class on {date}"))
}

/// How often a class is looked up again whose slot changed meanwhile.
const ATTEMPTS: u32 = 3;

/// The row of a class that was found. After this it can be locked: a lock on a row that does not exist yet would
/// deadlock with its insert.
///
/// # Errors
/// `not_found` if the timetable was changed meanwhile and has no such class any more; `unavailable` if it goes on
/// changing.
pub async fn ensure_row(conn: &mut Conn, zone: Tz, mut found: Found) -> Result<SessionId, AppError> {
    for _ in 0..ATTEMPTS {
        let class = match found {
            Found::Row(id) => return Ok(id),
            Found::Timetable(class) => class,
        };
        store::class_session_insert(&mut *conn, &class).await?;
        found = find(&mut *conn, zone, (class.course_schedule_id, class.booking_date)).await?;
    }
    match found {
        Found::Row(id) => Ok(id),
        Found::Timetable(_) => Err(AppError::Unavailable("the timetable is being changed")),
    }
}

/// The row of a class in which a profile wants something: `command` of the facts. It is made unless the rules refuse the
/// command before anything of the class is known but its time.
///
/// # Errors
/// `not_found` if there is no such class.
pub async fn row_for_profile(
    context: &Context,
    unit: &Unit,
    name: ClassName,
    profile: ProfileId,
    want: Want<'_>,
    command: impl Fn(ProfileFacts) -> Command + Sync,
    now: Instant,
) -> Result<Verdict<SessionId>, AppError> {
    let found = find(&mut *context.pool.acquire().await?, context.zone, name).await?;
    if let Found::Timetable(class) = &found {
        let command = &command;
        let terms = Terms::of_request(Some(unit.until()));
        let checked = run_tx_on(&context.pool, "class_check", terms, |conn, tx| {
            Box::pin(async move {
                let lock = tx.locks().lock_profile(conn, profile).await?;
                let versions = context.policies.for_classes(&mut *conn, [class]).await?;
                let mut untouched = Locked::without_row(context, &versions, class)?;
                let facts = ProfileFacts::load(conn, &mut untouched, &lock, want).await?;
                Ok(untouched.check(&command(facts), now))
            })
        })
        .await?;
        if let Err(refusal) = checked {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(ensure_row(&mut *context.pool.acquire().await?, context.zone, found).await?))
}

/// The row of a class that staff want to change as a whole, made as by [`row_for_profile`].
///
/// # Errors
/// `not_found` if there is no such class.
pub async fn row_for_staff(
    context: &Context,
    name: ClassName,
    command: &Command,
    now: Instant,
) -> Result<Verdict<SessionId>, AppError> {
    let mut conn = context.pool.acquire().await?;
    let found = find(&mut conn, context.zone, name).await?;
    if let Found::Timetable(class) = &found {
        let versions = context.policies.for_classes(&mut *conn, [class]).await?;
        if let Err(refusal) = Locked::without_row(context, &versions, class)?.check(command, now) {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(ensure_row(&mut conn, context.zone, found).await?))
}
