//! The seats of a class, which staff change, and the state of its deadlines.

use super::audit::{self, Act};
use super::queue::settle;
use super::sessions::Judged;
use super::{Context, classes, sessions};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store;
use crate::unit::{Answer, Unit};
use chrono::NaiveDate;
use contract::shapes::DeadlineCheck;
use logic::Instant;
use logic::countdown::countdown;
use logic::deadline;
use logic::ids::ScheduleId;
use logic::session::{Command, Event};
use serde_json::json;

/// `PUT /sessions/{id}/{date}/capacity`: the class has `seats` of its own from now on, or with `None` those of its slot.
/// More seats go to the queue at once.
///
/// # Errors
/// `not_found`; `class_cancelled`, `class_started`; `conflict` below the seats that are booked or held.
pub async fn set_capacity(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    (schedule, date): (ScheduleId, NaiveDate),
    seats: Option<u32>,
    now: Instant,
) -> Result<Answer, AppError> {
    let capacity = match seats {
        Some(seats) => seats,
        None => {
            let slot = store::course_schedule_get(&context.pool, schedule).await?;
            slot.ok_or_else(|| classes::no_class(schedule, date))?.capacity
        }
    };
    let command = &Command::SetCapacity(capacity);
    let row = classes::row_for_staff(context, (schedule, date), command, now).await?;
    context
        .write_on_row(unit, row, "session_capacity", |conn, class| {
            Box::pin(async move {
                let (mut locked, _) = class.locked();
                let answer = locked.run(context, conn, &[], command, now).await?.answer;
                if let Err(refusal) = answer {
                    return Ok(Err(refusal));
                }
                locked.set_capacity_own(conn, seats.is_some()).await?;
                let act = Act::new("session.capacity", audit::class_subject((schedule, date)));
                audit::record(conn, caller.account, act.after(json!({ "capacity": seats })), now).await?;
                Ok(Ok(sessions::read(context, conn, schedule, date, now).await?))
            })
        })
        .await
}

/// `GET /waitlist/deadline-check`: settles what is overdue in that class, then returns its deadlines.
///
/// # Errors
/// `not_found` if there is no such class on that day.
pub async fn deadline_check(
    context: &Context,
    schedule: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<DeadlineCheck, AppError> {
    // A class that nobody asked for yet has no row, and nothing to settle.
    let events = match store::class_session_find(&context.pool, schedule, date).await? {
        Some(id) => settle(context, id, Command::Settle, now).await?,
        None => Vec::new(),
    };
    let Judged { session: class, policy, .. } = sessions::judged(context, schedule, date, now).await?;
    Ok(DeadlineCheck {
        starts_at: class.starts_at,
        last_notification_at: class.last_notification_at,
        response_cutoff_at: class.response_cutoff_at,
        phase: class.phase,
        final_window_active: deadline::final_window_active(class.starts_at, now, &policy),
        seconds_to_last_notification: countdown(now, class.last_notification_at).total_seconds,
        overdue_settled: count(&events, |event| matches!(event, Event::Expired { .. })),
        promoted: count(&events, |event| matches!(event, Event::Offered { .. })),
    })
}

fn count(events: &[Event], matching: impl Fn(&Event) -> bool) -> u32 {
    u32::try_from(events.iter().filter(|event| matching(event)).count()).unwrap_or(u32::MAX)
}
