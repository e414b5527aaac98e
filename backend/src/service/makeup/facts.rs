//! What the rules have to know of a makeup before they decide.

use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::queue::{Locked, count, word};
use chrono::{DateTime, Utc};
use logic::ids::{BookingId, ProfileId};
use logic::makeup::{MakeupTerms, MissedBooking, TargetClass, makeup_terms};
use logic::session::LeaveFacts;
use logic::status::{BookingSource, BookingStatus};
use logic::{Code, Instant, Minutes};

/// The statuses of a makeup that leave nothing owed, as SQL.
macro_rules! live_makeup {
    ($booking:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM makeup_booking lm WHERE lm.original_booking_id = ",
            $booking,
            " AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show'))"
        )
    };
}
pub(super) use live_makeup;

/// A booking as [`MissedBooking`] wants it, with its course's category.
#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    status: String,
    source: String,
    paid: i64,
    made_up: i64,
    starts_at: DateTime<Utc>,
    duration_minutes: i32,
    category: String,
}

/// A booking that `profile` wants to make up, and its category; `None` if the profile has no such booking: somebody
/// else's, a sibling's too, does not exist. The profile is locked, or nothing is going to be decided.
pub(super) async fn missed(
    conn: &mut Conn,
    booking: BookingId,
    profile: ProfileId,
) -> Result<Option<(MissedBooking, String)>, AppError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT b.id, b.status, b.source, s.starts_at, s.duration_minutes, c.category, ",
        "EXISTS (SELECT 1 FROM compensation_usage u WHERE u.booking_id = b.id) AS paid, ",
        live_makeup!("b.id"),
        " AS made_up FROM booking b JOIN class_session s ON s.id = b.session_id ",
        "JOIN course_schedule t ON t.id = b.course_schedule_id JOIN course c ON c.id = t.course_id ",
        "WHERE b.id = ? AND b.profile_id = ?"
    ))
    .bind(booking.0)
    .bind(profile.0)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let missed = MissedBooking {
        booking: BookingId(row.id),
        status: word(BookingStatus::parse(&row.status), "booking.status", &row.status)?,
        source: word(BookingSource::parse(&row.source), "booking.source", &row.source)?,
        paid: row.paid != 0,
        made_up: row.made_up != 0,
        start: row.starts_at.into(),
        duration: Minutes(i64::from(count(row.duration_minutes))),
    };
    Ok(Some((missed, row.category)))
}

/// What making `booking` up in the locked class comes to, or what speaks against it: every question but the
/// overlap and the seat, which are the class's own. The profile is locked too.
///
/// # Errors
/// The database's. `not_found` is a verdict: the caller knows in which order it is told.
pub(in crate::service) async fn verdict(
    conn: &mut Conn,
    locked: &Locked,
    profile: ProfileId,
    booking: BookingId,
    now: Instant,
    app: &App,
) -> Result<Result<MakeupTerms, Code>, AppError> {
    let Some((missed, category)) = missed(conn, booking, profile).await? else {
        return Ok(Err(Code::NotFound));
    };
    let own: String = sqlx::query_scalar(
        "SELECT c.category FROM course_schedule t JOIN course c ON c.id = t.course_id WHERE t.id = ?",
    )
    .bind(locked.row.schedule.0)
    .fetch_one(&mut *conn)
    .await?;
    let target = TargetClass {
        start: locked.row.start,
        duration: Minutes(i64::from(locked.row.duration)),
        same_category: own == category,
        time_conflict: false,
    };
    Ok(makeup_terms(&missed, &target, now, &app.policy))
}

/// The leave that `profile` took from this very class, if booking it again would undo one.
pub(in crate::service) async fn leave_of(
    conn: &mut Conn,
    session_id: i64,
    profile: ProfileId,
) -> Result<Option<LeaveFacts>, AppError> {
    let row: Option<(i64, i64)> = sqlx::query_as(concat!(
        "SELECT b.id, ",
        live_makeup!("b.id"),
        " FROM booking b WHERE b.session_id = ? AND b.profile_id = ? AND b.status = 'leave' ",
        "ORDER BY b.id DESC LIMIT 1"
    ))
    .bind(session_id)
    .bind(profile.0)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(id, made_up)| LeaveFacts { booking: BookingId(id), made_up: made_up != 0 }))
}
