//! What the rules have to know of a makeup before they decide.

use crate::error::AppError;
use crate::service::Context;
use crate::store::{self, ClassSession, Conn};
use logic::ids::{BookingId, ProfileId, SessionId};
use logic::makeup::{MakeupTerms, MissedBooking, TargetClass, makeup_terms};
use logic::session::LeaveFacts;
use logic::{Code, Instant, Minutes};
use sqlx::MySqlExecutor;

/// A booking that `profile` wants to make up, and the category of its course; `None` if the profile has no such booking:
/// a sibling's does not count. The profile is locked, or nothing is going to be decided.
pub(super) async fn missed(
    db: impl MySqlExecutor<'_>,
    booking: BookingId,
    profile: ProfileId,
) -> Result<Option<(MissedBooking, String)>, AppError> {
    let Some(row) = store::booking_get_missed(db, booking, profile).await? else { return Ok(None) };
    let missed = MissedBooking {
        booking: row.id,
        status: row.status,
        source: row.source,
        paid: row.paid,
        made_up: row.made_up,
        start: row.starts_at,
        duration: row.duration_minutes,
    };
    Ok(Some((missed, row.category)))
}

/// The terms of making `booking` up in a locked class, or why it cannot be: every question but the overlap and the seat,
/// which the class itself answers. The profile is locked too.
///
/// # Errors
/// The rows cannot be read. `not_found` is a verdict: the caller decides when it is answered.
pub(in crate::service) async fn verdict(
    context: &Context,
    conn: &mut Conn,
    class: &ClassSession,
    (profile, booking): (ProfileId, BookingId),
    now: Instant,
) -> Result<Result<MakeupTerms, Code>, AppError> {
    let Some((missed, category)) = missed(&mut *conn, booking, profile).await? else {
        return Ok(Err(Code::NotFound));
    };
    let target = TargetClass {
        start: class.starts_at,
        duration: Minutes(i64::from(class.duration_minutes)),
        same_category: store::course_schedule_category(conn, class.course_schedule_id).await? == category,
        time_conflict: false,
    };
    Ok(makeup_terms(&missed, &target, now, &context.policy))
}

/// The leave that `profile` took from this very class, if booking it again would undo one.
///
/// # Errors
/// The bookings cannot be read.
pub(in crate::service) async fn leave_of(
    conn: &mut Conn,
    session: SessionId,
    profile: ProfileId,
) -> Result<Option<LeaveFacts>, AppError> {
    let leave = store::booking_last_leave(conn, session, profile).await?;
    Ok(leave.map(|(booking, made_up)| LeaveFacts { booking, made_up }))
}
