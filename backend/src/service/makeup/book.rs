//! The verbs of makeups: book, cancel.

use super::{facts, read};
use crate::App;
use crate::auth::Caller;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use crate::service::queue::{Locked, Outcome, entry_of_profile, word};
use crate::service::waitlist::lock;
use crate::service::{access, audit, bookings, compensation, timetable};
use contract::shapes::{BookMakeup, Makeup};
use logic::Instant;
use logic::ids::{BookingId, MakeupId};
use logic::session::{BookerFacts, Command, Purpose};
use logic::status::{BookingStatus, MakeupStatus};
use serde_json::json;

/// `POST /makeup/book` (RULES §3).
///
/// # Errors
/// The refusals of RULES §3; `not_found` for a class, a profile or a booking that is not there or not the caller's.
pub async fn book(app: &App, caller: &Caller, ask: &BookMakeup, now: Instant) -> Result<Makeup, AppError> {
    let mut conn = app.pool.acquire().await?;
    caller.require_profile(&mut conn, ask.profile_id).await?;
    let (profile, original) = (ask.profile_id, ask.original_booking_id);
    if facts::missed(&mut conn, original, profile).await?.is_none() {
        return Err(AppError::not_found(format!("profile {profile} has no booking {original}")));
    }
    let session_id =
        timetable::ensure_session(&mut conn, app.zone, ask.course_schedule_id, ask.booking_date).await?;
    drop(conn);
    let (made, answer) = run_tx(&app.pool, "makeup_book", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            access::lock_profile(conn, profile).await?;
            let verdict = facts::verdict(conn, &locked, profile, original, now, app).await?;
            let placed = BookerFacts {
                profile,
                already_booked: bookings::is_booked(conn, session_id, profile).await?,
                entry: entry_of_profile(conn, &mut locked, profile).await?,
                time_conflict: bookings::overlaps(conn, &locked.row, profile).await?,
                leave: facts::leave_of(conn, session_id, profile).await?,
                purpose: Purpose::Makeup(verdict),
            };
            let outcome = locked.run(conn, &Command::Book(placed), now, app).await?;
            let detail = json!({ "original_booking_id": original, "booking_id": outcome.made.booking });
            let subject = format!("profile/{profile}");
            audit::staff_did(conn, caller, &outcome.answer, "makeup.book", subject, detail, now).await?;
            Ok((outcome.made.booking, outcome.answer))
        })
    })
    .await?;
    answer?;
    let booking =
        made.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a makeup was agreed to but not made")))?;
    read::made(app, booking).await
}

/// `DELETE /makeup/{id}/cancel`: gives the seat back, to the queue first, and the grant with it. Cancelling again
/// answers the same row.
///
/// # Errors
/// `not_found`; `class_started`; `compensation_already_used` with the bookings that spent the grant.
pub async fn cancel(app: &App, caller: &Caller, id: MakeupId, now: Instant) -> Result<Makeup, AppError> {
    let row: Option<(i64, i64, Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT m.profile_id, p.account_id, b.id, b.session_id FROM makeup_booking m \
         JOIN profile p ON p.id = m.profile_id LEFT JOIN booking b ON b.id = m.booking_id WHERE m.id = ?",
    )
    .bind(id.0)
    .fetch_optional(&app.pool)
    .await?;
    let Some((_, owner, Some(booking), Some(session_id))) = row else { return Err(no_makeup(id)) };
    if !access::sees(caller, owner) {
        return Err(no_makeup(id));
    }
    let booking = BookingId(booking);
    let answer = run_tx(&app.pool, "makeup_cancel", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            // Read again under the lock: a makeup that ended may have opened again with another booking.
            let standing: Option<(String, String)> = sqlx::query_as(
                "SELECT m.status, b.status FROM makeup_booking m JOIN booking b ON b.id = m.booking_id \
                 WHERE m.id = ? AND b.id = ?",
            )
            .bind(id.0)
            .bind(booking.0)
            .fetch_optional(&mut *conn)
            .await?;
            let Some((makeup, status)) = standing else {
                return Err(AppError::conflict("this makeup was booked again just now: look again"));
            };
            if MakeupStatus::parse(&makeup) == Some(MakeupStatus::Cancelled) {
                return Ok(Ok(()));
            }
            let status = word(BookingStatus::parse(&status), "booking.status", &status)?;
            let answer = give_up(conn, &mut locked, booking, status, now, app).await?.answer;
            let subject = format!("makeup/{id}");
            audit::staff_did(conn, caller, &answer, "makeup.cancel", subject, json!({}), now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    read::by_id(app, id).await
}

/// Cancels the makeup that `booking` is, in its locked class.
///
/// # Errors
/// The database's; a refusal is in the outcome.
pub(in crate::service) async fn give_up(
    conn: &mut Conn,
    locked: &mut Locked,
    booking: BookingId,
    status: BookingStatus,
    now: Instant,
    app: &App,
) -> Result<Outcome, AppError> {
    access::lock_profile_of(conn, booking).await?;
    let spent_by = compensation::spent_by(conn, booking).await?;
    locked.run(conn, &Command::CancelMakeup { booking, status, spent_by }, now, app).await
}

fn no_makeup(id: MakeupId) -> AppError {
    AppError::not_found(format!("this account has no makeup {id}"))
}
