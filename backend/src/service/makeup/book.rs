//! The verbs of makeups: book, cancel.

use super::facts;
use crate::auth::Caller;
use crate::error::AppError;
use crate::service::access::{self, Acting};
use crate::service::audit::{self, Act};
use crate::service::queue::{Locked, Outcome, ProfileFacts, Want};
use crate::service::{Context, classes, shapes, staff_changes};
use crate::store::{self, Conn, ProfileLock};
use crate::unit::{Answer, Unit};
use contract::shapes::BookMakeup;
use logic::Instant;
use logic::ids::{BookingId, MakeupId};
use logic::session::{Command, Purpose};
use logic::status::{BookingStatus, MakeupStatus};
use serde_json::json;

/// `POST /makeup/book` (RULES §3).
///
/// # Errors
/// The refusals of RULES §3; `not_found` for a class, a profile or a booking that does not exist or is not the caller's.
pub async fn book(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &BookMakeup,
    now: Instant,
) -> Result<Answer, AppError> {
    let mut conn = context.pool.acquire().await?;
    let acting = &access::require_profile(&mut *conn, caller, ask.profile_id).await?;
    let (profile, original) = (ask.profile_id, ask.original_booking_id);
    if facts::missed(&mut conn, original, profile).await?.is_none() {
        return Err(AppError::not_found(format!("profile {profile} has no booking {original}")));
    }
    drop(conn);
    let name = (ask.course_schedule_id, ask.booking_date);
    let wanted = [(profile, original)];
    let want = Want::Makeup(&wanted, now);
    let command = |facts: ProfileFacts| Command::Book(facts.booker(acting.by, Purpose::Ordinary));
    let row = classes::row_for_profile(context, unit, name, profile, want, command, now).await?;
    context
        .write_on_row(unit, row, "makeup_book", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                let lock = lock.lock_profile(conn, profile).await?;
                let facts = ProfileFacts::load(conn, &mut locked, &lock, want).await?;
                let command = command(facts);
                let outcome = locked.run(context, conn, &[lock], &command, now).await?;
                let detail =
                    json!({ "original_booking_id": original, "booking_id": outcome.created.booking });
                let act = Act::new("makeup.book", audit::class_subject(name)).to(profile).after(detail);
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                if let Err(refusal) = outcome.answer {
                    return Ok(Err(refusal));
                }
                let made = match outcome.created.booking {
                    Some(booking) => store::makeup_booking_of_booking(conn, booking).await?,
                    None => None,
                };
                let made = made.ok_or_else(|| anyhow::anyhow!("a makeup was accepted but not made"))?;
                Ok(Ok(shapes::makeup(made)))
            })
        })
        .await
}

/// `DELETE /makeup/{id}/cancel`: gives the seat back, to the queue first, and the grant with it. Cancelling again answers
/// the same row.
///
/// # Errors
/// `not_found`; `class_started`; `compensation_already_used` with the bookings that spent the grant.
pub async fn cancel(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: MakeupId,
    now: Instant,
) -> Result<Answer, AppError> {
    let found = store::makeup_booking_session(&context.pool, id, caller.account).await?;
    let (booking, session, acting) = &found
        .and_then(|(is_own, booking, session)| Some((booking, session, Acting::of(caller, is_own)?)))
        .ok_or_else(|| AppError::not_found(format!("this account has no makeup {id}")))?;
    context
        .write_on_class(unit, *session, "makeup_cancel", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                // Read again under the lock: a makeup that ended may have opened again with another booking.
                let Some((profile, makeup, status)) = store::makeup_booking_state(conn, id, *booking).await?
                else {
                    return Err(AppError::conflict("this makeup was booked again just now: look again"));
                };
                if makeup != MakeupStatus::Cancelled {
                    let lock = lock.lock_profile(conn, profile).await?;
                    let outcome = give_up(context, conn, &mut locked, (lock, *booking), status, now).await?;
                    let act = Act::new("makeup.cancel", format!("makeup/{id}")).to(profile);
                    staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                    if let Err(refusal) = outcome.answer {
                        return Ok(Err(refusal));
                    }
                } else {
                    locked.run(context, conn, &[], &Command::Settle, now).await?;
                }
                Ok(Ok(shapes::makeup(store::makeup_booking_get(conn, id).await?)))
            })
        })
        .await
}

/// Cancels the makeup of `booking`, in its locked class.
///
/// # Errors
/// As [`Locked::run`]; a refusal is in the outcome.
pub(in crate::service) async fn give_up(
    context: &Context,
    conn: &mut Conn,
    locked: &mut Locked,
    (profile, booking): (ProfileLock, BookingId),
    status: BookingStatus,
    now: Instant,
) -> Result<Outcome, AppError> {
    let spent_by = store::compensation_usage_spenders(conn, booking).await?;
    let command = Command::CancelMakeup { booking, status, spent_by };
    locked.run(context, conn, &[profile], &command, now).await
}
