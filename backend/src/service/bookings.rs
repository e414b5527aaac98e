//! Bookings: made directly, given up, attended; and how the queue asks about them.

use super::access::Scope;
use super::places::Places;
use super::queue::{Locked, SessionRow, count, entry_of_profile, revise, word};
use super::waitlist::lock;
use super::{access, audit, compensation, makeup, timetable};
use crate::App;
use crate::auth::Caller;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use chrono::{DateTime, NaiveDate, Utc};
use contract::shapes::{Attendance, Book, Booking, Page};
use logic::booking::check_attendance;
use logic::ids::{BookingId, ProfileId, ScheduleId, WaitlistId};
use logic::makeup::MissedBooking;
use logic::session::{BookerFacts, Command, Purpose};
use logic::status::{BookingSource, BookingStatus};
use logic::{Instant, Minutes, Policy};
use serde_json::json;

/// `POST /bookings` (RULES §2, Direct booking).
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a class or a profile that is not there or not the caller's.
pub async fn book(app: &App, caller: &Caller, ask: &Book, now: Instant) -> Result<Booking, AppError> {
    let mut conn = app.pool.acquire().await?;
    caller.require_profile(&mut conn, ask.profile_id).await?;
    let session_id =
        timetable::ensure_session(&mut conn, app.zone, ask.course_schedule_id, ask.booking_date).await?;
    drop(conn);
    let (made, answer) = run_tx(&app.pool, "book", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            access::lock_profile(conn, ask.profile_id).await?;
            let placed = BookerFacts {
                profile: ask.profile_id,
                already_booked: is_booked(conn, session_id, ask.profile_id).await?,
                entry: entry_of_profile(conn, &mut locked, ask.profile_id).await?,
                time_conflict: overlaps(conn, &locked.row, ask.profile_id).await?,
                leave: makeup::leave_of(conn, session_id, ask.profile_id).await?,
                purpose: if ask.pay_with_compensation {
                    let price = Minutes(i64::from(locked.row.duration));
                    Purpose::Credit(compensation::plan(conn, ask.profile_id, price, now).await?)
                } else {
                    Purpose::Ordinary
                },
            };
            let outcome = locked.run(conn, &Command::Book(placed), now, app).await?;
            let subject = format!("session/{}/{}", ask.course_schedule_id, ask.booking_date);
            let detail = json!({ "profile_id": ask.profile_id, "booking_id": outcome.made.booking });
            audit::staff_did(conn, caller, &outcome.answer, "booking.create", subject, detail, now).await?;
            Ok((outcome.made.booking, outcome.answer))
        })
    })
    .await?;
    answer?;
    let id =
        made.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a booking was agreed to but not made")))?;
    view(app, id).await
}

/// `DELETE /bookings/{id}`: gives the seat back, to the queue first. Cancelling again answers the same row.
///
/// # Errors
/// `not_found`; `class_started`; `conflict` for a booking that ended in another way; `compensation_already_used` for
/// a makeup whose grant was spent.
pub async fn cancel(app: &App, caller: &Caller, id: BookingId, now: Instant) -> Result<Booking, AppError> {
    let session_id = session_of(app, caller, id).await?;
    let answer = run_tx(&app.pool, "booking_cancel", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            let Standing { profile, status, source } = standing_of(conn, &locked, id).await?;
            let answer = if source == BookingSource::Makeup {
                makeup::give_up(conn, &mut locked, id, status, now, app).await?.answer
            } else {
                // Spent credit may return to the profile's grants.
                access::lock_profile(conn, profile).await?;
                locked.run(conn, &Command::CancelBooking { booking: id, status }, now, app).await?.answer
            };
            audit::staff_did(conn, caller, &answer, "booking.cancel", subject(id), json!({}), now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    view(app, id).await
}

/// `POST /bookings/{id}/leave`: misses the class with notice; the seat goes to the queue first. Taking leave again
/// answers the same row.
///
/// # Errors
/// `not_found`; `class_started`, `leave_too_late`; `conflict` for a makeup, or a booking that ended in another way.
pub async fn leave(app: &App, caller: &Caller, id: BookingId, now: Instant) -> Result<Booking, AppError> {
    let session_id = session_of(app, caller, id).await?;
    let answer = run_tx(&app.pool, "booking_leave", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            let Standing { status, source, .. } = standing_of(conn, &locked, id).await?;
            let is_makeup = source == BookingSource::Makeup;
            let command = Command::TakeLeave { booking: id, status, is_makeup };
            let answer = locked.run(conn, &command, now, app).await?.answer;
            audit::staff_did(conn, caller, &answer, "booking.leave", subject(id), json!({}), now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    view(app, id).await
}

/// `POST /bookings/{id}/attendance`: staff say whether someone came; saying it again corrects it.
///
/// # Errors
/// `not_found`; `conflict` before the class starts, or for a booking that was given up.
pub async fn attend(
    app: &App,
    caller: &Caller,
    id: BookingId,
    seen: Attendance,
    now: Instant,
) -> Result<Booking, AppError> {
    let session_id = session_of(app, caller, id).await?;
    run_tx(&app.pool, "booking_attendance", |conn, _| {
        Box::pin(async move {
            // No seat comes or goes, but the class's sweep writes attendance too.
            let locked = lock(conn, session_id, app).await?;
            let before = standing_of(conn, &locked, id).await?.status;
            check_attendance(before, locked.row.start, now)?;
            let after = BookingStatus::from(seen);
            makeup::may_correct(conn, &locked, id, after, now, app).await?;
            sqlx::query("UPDATE booking SET status = ? WHERE id = ? AND status = ?")
                .bind(after.as_str())
                .bind(id.0)
                .bind(before.as_str())
                .execute(&mut *conn)
                .await?;
            makeup::follow_attendance(conn, session_id).await?;
            revise(conn, session_id).await?;
            let detail = json!({ "from": before, "to": after });
            audit::staff_did(conn, caller, &Ok(()), "booking.attendance", subject(id), detail, now).await
        })
    })
    .await?;
    view(app, id).await
}

/// How the audit names a booking.
fn subject(id: BookingId) -> String {
    format!("booking/{id}")
}

/// `GET /bookings/my`: the bookings of a scope, newest class first.
///
/// # Errors
/// The database's.
pub async fn my(app: &App, scope: &Scope, list: &Paging) -> Result<Page<Booking>, AppError> {
    let mut rows: Vec<Row> = sqlx::query_as(booking_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR b.profile_id = ?) \
         AND (? IS NULL OR s.starts_at < ? OR (s.starts_at = ? AND b.id < ?)) \
         ORDER BY s.starts_at DESC, b.id DESC LIMIT ?"
    ))
    .scope(scope)
    .page(list)
    .fetch_all(&app.pool)
    .await?;
    let next = list.next(&mut rows, Row::cursor);
    let items = rows.iter().map(|row| row.booking(&app.policy)).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: next })
}

/// The live booking that an entry's confirm made.
///
/// # Errors
/// The database's.
pub async fn of_entry(conn: &mut Conn, app: &App, entry: WaitlistId) -> Result<Option<Booking>, AppError> {
    let row: Option<Row> = sqlx::query_as(booking_select!(
        "WHERE b.waitlist_id = ? ORDER BY b.created_at DESC, b.id DESC LIMIT 1"
    ))
    .bind(entry.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.booking(&app.policy)).transpose()
}

/// Whether the profile has a live booking in the session.
///
/// # Errors
/// The database's.
pub async fn is_booked(conn: &mut Conn, session_id: i64, profile: ProfileId) -> Result<bool, AppError> {
    let live: Option<i64> =
        sqlx::query_scalar("SELECT id FROM booking WHERE session_id = ? AND live_profile_id = ?")
            .bind(session_id)
            .bind(profile.0)
            .fetch_optional(conn)
            .await?;
    Ok(live.is_some())
}

/// Whether a live booking of the profile in another session overlaps this one; touching ends do not.
///
/// # Errors
/// The database's.
pub async fn overlaps(conn: &mut Conn, session: &SessionRow, profile: ProfileId) -> Result<bool, AppError> {
    let other: Option<i64> = sqlx::query_scalar(
        "SELECT b.id FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.profile_id = ? AND b.status IN ('booked', 'completed', 'absent') AND b.session_id <> ? \
         AND s.starts_at < ? AND s.ends_at > ? LIMIT 1",
    )
    .bind(profile.0)
    .bind(session.id)
    .bind(DateTime::<Utc>::from(session.end))
    .bind(DateTime::<Utc>::from(session.start))
    .fetch_optional(conn)
    .await?;
    Ok(other.is_some())
}

async fn session_of(app: &App, caller: &Caller, id: BookingId) -> Result<i64, AppError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT b.session_id, p.account_id FROM booking b JOIN profile p ON p.id = b.profile_id WHERE b.id = ?",
    )
    .bind(id.0)
    .fetch_optional(&app.pool)
    .await?;
    match row {
        Some((session, owner)) if access::sees(caller, owner) => Ok(session),
        _ => Err(AppError::not_found(format!("this account has no booking {id}"))),
    }
}

/// Whose a booking is, where it stands and how it came about.
struct Standing {
    profile: ProfileId,
    status: BookingStatus,
    source: BookingSource,
}

/// Reads a booking under its session's lock.
async fn standing_of(conn: &mut Conn, locked: &Locked, id: BookingId) -> Result<Standing, AppError> {
    let (profile, status, source): (i64, String, String) =
        sqlx::query_as("SELECT profile_id, status, source FROM booking WHERE id = ? AND session_id = ?")
            .bind(id.0)
            .bind(locked.row.id)
            .fetch_one(conn)
            .await?;
    Ok(Standing {
        profile: ProfileId(profile),
        status: word(BookingStatus::parse(&status), "booking.status", &status)?,
        source: word(BookingSource::parse(&source), "booking.source", &source)?,
    })
}

async fn view(app: &App, id: BookingId) -> Result<Booking, AppError> {
    let row: Row = sqlx::query_as(booking_select!("WHERE b.id = ?")).bind(id.0).fetch_one(&app.pool).await?;
    row.booking(&app.policy)
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: i64,
    profile_id: i64,
    course_schedule_id: i64,
    booking_date: NaiveDate,
    starts_at: DateTime<Utc>,
    duration_minutes: i32,
    status: String,
    source: String,
    compensation_minutes_used: i32,
    paid: i64,
    created_at: DateTime<Utc>,
}

/// The columns of [`Row`].
macro_rules! booking_select {
    ($where:literal) => {
        concat!(
            "SELECT b.id, b.profile_id, b.course_schedule_id, b.booking_date, s.starts_at, s.duration_minutes, ",
            "b.status, b.source, b.compensation_minutes_used, b.created_at, ",
            "EXISTS (SELECT 1 FROM compensation_usage cu WHERE cu.booking_id = b.id) AS paid FROM booking b ",
            "JOIN class_session s ON s.id = b.session_id JOIN profile p ON p.id = b.profile_id ",
            $where
        )
    };
}
pub(super) use booking_select;

impl Row {
    /// Where a page that ends at this row ends, in the order of the classes.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor::at(self.starts_at.into(), self.id)
    }

    pub(super) fn booking(&self, policy: &Policy) -> Result<Booking, AppError> {
        let status = word(BookingStatus::parse(&self.status), "booking.status", &self.status)?;
        let starts_at = Instant::from(self.starts_at);
        let source = word(BookingSource::parse(&self.source), "booking.source", &self.source)?;
        let missed = MissedBooking {
            booking: BookingId(self.id),
            status,
            source,
            paid: self.paid != 0,
            made_up: false,
            start: starts_at,
            duration: Minutes(i64::from(self.duration_minutes)),
        };
        Ok(Booking {
            id: BookingId(self.id),
            profile_id: ProfileId(self.profile_id),
            course_schedule_id: ScheduleId(self.course_schedule_id),
            booking_date: self.booking_date,
            starts_at,
            duration_minutes: count(self.duration_minutes),
            status,
            source,
            compensation_minutes_used: count(self.compensation_minutes_used),
            makeup_until: missed.makeup_until(policy),
            created_at: self.created_at.into(),
        })
    }
}
