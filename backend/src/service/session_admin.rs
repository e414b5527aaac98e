//! What staff do to a class as a whole: call it off, change its seats; and where its deadlines stand.

use super::queue::touch;
use super::waitlist::lock;
use super::{audit, sessions, timetable};
use crate::App;
use crate::auth::Caller;
use crate::db::run_tx;
use crate::error::AppError;
use chrono::NaiveDate;
use contract::shapes::{DeadlineCheck, Session};
use logic::Instant;
use logic::countdown::countdown;
use logic::deadline;
use logic::ids::ScheduleId;
use logic::session::{Command, Event};
use serde_json::{Value, json};

/// `POST /sessions/{id}/{date}/cancel`: the gym calls the class off. Doing so again changes nothing more.
///
/// # Errors
/// `not_found`; `class_started`.
pub async fn call_off(
    app: &App,
    caller: &Caller,
    schedule: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<Session, AppError> {
    change(app, caller, (schedule, date), Command::CallOff, ("session.cancel", json!({})), now).await
}

/// `PUT /sessions/{id}/{date}/capacity`: more seats go to the queue at once.
///
/// # Errors
/// `not_found`; `class_cancelled`, `class_started`; `conflict` below the seats that are booked or held.
pub async fn set_capacity(
    app: &App,
    caller: &Caller,
    schedule: ScheduleId,
    date: NaiveDate,
    seats: u32,
    now: Instant,
) -> Result<Session, AppError> {
    let told = ("session.capacity", json!({ "capacity": seats }));
    change(app, caller, (schedule, date), Command::SetCapacity(seats), told, now).await
}

async fn change(
    app: &App,
    caller: &Caller,
    (schedule, date): (ScheduleId, NaiveDate),
    command: Command,
    (action, detail): (&'static str, Value),
    now: Instant,
) -> Result<Session, AppError> {
    let mut conn = app.pool.acquire().await?;
    let session_id = timetable::ensure_session(&mut conn, app.zone, schedule, date).await?;
    drop(conn);
    let (command, detail) = (&command, &detail);
    let answer = run_tx(&app.pool, "session_change", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            let answer = locked.run(conn, command, now, app).await?.answer;
            let subject = format!("session/{schedule}/{date}");
            audit::staff_did(conn, caller, &answer, action, subject, detail.clone(), now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    sessions::get(app, schedule, date, now).await
}

/// `GET /waitlist/deadline-check`: settles what is overdue in that class, then says where its deadlines stand.
///
/// # Errors
/// `not_found` if there is no such class on that day.
pub async fn deadline_check(
    app: &App,
    schedule: ScheduleId,
    date: NaiveDate,
    now: Instant,
) -> Result<DeadlineCheck, AppError> {
    let row: Option<i64> =
        sqlx::query_scalar("SELECT id FROM class_session WHERE course_schedule_id = ? AND booking_date = ?")
            .bind(schedule.0)
            .bind(date)
            .fetch_optional(&app.pool)
            .await?;
    // A class that nobody touched has no row, and nothing to settle.
    let events = match row {
        Some(id) => touch(app, id, Command::Settle, now).await?,
        None => Vec::new(),
    };
    let class = sessions::get(app, schedule, date, now).await?;
    Ok(DeadlineCheck {
        starts_at: class.starts_at,
        last_notification_at: class.last_notification_at,
        response_cutoff_at: class.response_cutoff_at,
        phase: class.phase,
        final_window_active: deadline::final_window_active(class.starts_at, now, &app.policy),
        seconds_to_last_notification: countdown(now, class.last_notification_at).total_seconds,
        overdue_settled: how_many(&events, |event| matches!(event, Event::Expired { .. })),
        promoted: how_many(&events, |event| matches!(event, Event::Offered { .. })),
    })
}

fn how_many(events: &[Event], what: impl Fn(&Event) -> bool) -> u32 {
    u32::try_from(events.iter().filter(|event| what(event)).count()).unwrap_or(u32::MAX)
}
