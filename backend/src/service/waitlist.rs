//! The verbs of the waitlist: join, leave, answer; and its reads.

mod joining;
mod read;
mod state;

use super::queue::{Locked, entry_by_id, entry_of_profile};
use super::{Context, access, audit, makeup, shapes, timetable};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store;
use contract::shapes::{Action, Entry, Join, Position, Responded};
use logic::Instant;
use logic::error::Code;
use logic::ids::{SessionId, WaitlistId};
use logic::session::{Command, ConfirmFacts, JoinerFacts, OfferAnswer};
use logic::status::{BookingSource, EntryStatus, Role};
use serde_json::json;

pub use read::{MyFilter, my};
pub use state::{Class, JoinRequest, Waitlist};

/// `POST /waitlist/join` (RULES §2, Joining).
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a class or a profile that does not exist or is not the caller's.
pub async fn join(waitlist: &Waitlist, caller: &Caller, ask: &Join, now: Instant) -> Result<Entry, AppError> {
    // When a class is stormed, its load is the plain joins of members: these are batched. Other joins, and those that a
    // batch left, go one by one.
    if caller.role == Role::Member && ask.makeup_for.is_none() {
        let class = (ask.course_schedule_id, ask.booking_date);
        if let Some(row) = joining::join(waitlist, caller.account, ask.profile_id, class, now).await? {
            return read::entry(waitlist, row, now).await;
        }
    }
    let id = join_alone(&waitlist.context, caller, ask, now).await?;
    entry(waitlist, id, now).await
}

/// A join in a transaction of its own.
async fn join_alone(
    context: &Context,
    caller: &Caller,
    ask: &Join,
    now: Instant,
) -> Result<WaitlistId, AppError> {
    let mut conn = context.pool.acquire().await?;
    access::require_profile(&mut *conn, caller, ask.profile_id).await?;
    let session =
        timetable::ensure_session(&mut conn, context.zone, ask.course_schedule_id, ask.booking_date).await?;
    drop(conn);
    let (created, answer) = context
        .run_on_class(session, "waitlist_join", |conn, _| {
            Box::pin(async move {
                let profile = ask.profile_id;
                let mut locked = Locked::lock_existing(context, conn, session).await?;
                store::profile_lock(conn, profile).await?;
                let already_booked = store::booking_exists_live(conn, session, profile).await?;
                let entry = entry_of_profile(conn, &mut locked, profile).await?;
                let active = store::waitlist_count_active(&mut *conn, Some(session), profile, now).await?;
                let makeup = match ask.makeup_for {
                    None => None,
                    Some(original) => {
                        let named = (profile, original);
                        let verdict =
                            makeup::verdict(context, conn, &locked.class, named, now).await?.map(|_| ());
                        let conflict = verdict.is_ok()
                            && store::booking_exists_overlap(conn, &locked.class, profile).await?;
                        Some((original, if conflict { Err(Code::TimeConflict) } else { verdict }))
                    }
                };
                let active_waitlists = u32::try_from(active).unwrap_or(u32::MAX);
                let facts = JoinerFacts { profile, already_booked, entry, active_waitlists, makeup };
                let outcome = locked.run(context, conn, &Command::Join(facts), now).await?;
                let subject = format!("session/{}/{}", ask.course_schedule_id, ask.booking_date);
                let detail = json!({ "profile_id": profile, "waitlist_id": outcome.created.entry });
                let done = ("waitlist.join", subject);
                audit::record_staff(conn, caller, &outcome.answer, done, detail, now).await?;
                Ok((outcome.created.entry, outcome.answer))
            })
        })
        .await?;
    answer?;
    created.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a join was accepted but made no entry")))
}

/// `DELETE /waitlist/{id}`: leaves the queue; leaving again answers the same row.
///
/// # Errors
/// `not_found`; `conflict` for an entry that became a booking.
pub async fn leave(
    waitlist: &Waitlist,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Entry, AppError> {
    let context = &waitlist.context;
    let session = session_of(context, caller, id).await?;
    let answer = context
        .run_on_class(session, "waitlist_leave", |conn, _| {
            Box::pin(async move {
                let mut locked = Locked::lock_existing(context, conn, session).await?;
                let (facts, _) = entry_by_id(conn, &mut locked, id).await?;
                let command = Command::LeaveQueue { entry: facts, by: access::actor(caller) };
                let answer = locked.run(context, conn, &command, now).await?.answer;
                audit::record_staff(conn, caller, &answer, ("waitlist.leave", subject(id)), json!({}), now)
                    .await?;
                Ok(answer)
            })
        })
        .await?;
    answer?;
    entry(waitlist, id, now).await
}

/// `PUT /waitlist/{id}/respond`: takes the offered seat or lets it go.
///
/// # Errors
/// `response_deadline_passed` with the deadline; `time_conflict`; `conflict` where no offer was made; `not_found`.
pub async fn respond(
    waitlist: &Waitlist,
    caller: &Caller,
    id: WaitlistId,
    action: Action,
    now: Instant,
) -> Result<Responded, AppError> {
    let context = &waitlist.context;
    let session = session_of(context, caller, id).await?;
    let answer = context
        .run_on_class(session, "waitlist_respond", |conn, _| {
            Box::pin(async move {
                let mut locked = Locked::lock_existing(context, conn, session).await?;
                let (facts, makeup_for) = entry_by_id(conn, &mut locked, id).await?;
                let answer = match action {
                    Action::Decline => OfferAnswer::Decline,
                    Action::Confirm => {
                        let profile = facts.profile;
                        store::profile_lock(conn, profile).await?;
                        let makeup = match makeup_for {
                            None => None,
                            Some(original) => {
                                let named = (profile, original);
                                Some(makeup::verdict(context, conn, &locked.class, named, now).await?)
                            }
                        };
                        OfferAnswer::Confirm(ConfirmFacts {
                            time_conflict: store::booking_exists_overlap(conn, &locked.class, profile)
                                .await?,
                            makeup,
                            leave: makeup::leave_of(conn, session, profile).await?,
                        })
                    }
                };
                let command = Command::Respond { entry: facts, answer, by: access::actor(caller) };
                let answer = locked.run(context, conn, &command, now).await?.answer;
                let (done, detail) = (("waitlist.respond", subject(id)), json!({ "action": action }));
                audit::record_staff(conn, caller, &answer, done, detail, now).await?;
                Ok(answer)
            })
        })
        .await?;
    answer?;
    let entry = entry(waitlist, id, now).await?;
    if entry.status != EntryStatus::Confirmed {
        return Ok(Responded { entry, booking: None, makeup: None });
    }
    let mut conn = context.pool.acquire().await?;
    let booking = store::booking_of_entry(&mut *conn, id).await?;
    let makeup = match &booking {
        Some(row) if row.source == BookingSource::Makeup => {
            store::makeup_booking_of_booking(&mut *conn, row.id).await?.map(shapes::makeup)
        }
        _ => None,
    };
    let booking = booking.map(|row| shapes::booking(&row, &context.policy));
    Ok(Responded { entry, booking, makeup })
}

/// `GET /waitlist/{id}`, for its owner or the staff.
///
/// # Errors
/// `not_found`.
pub async fn get(
    waitlist: &Waitlist,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Entry, AppError> {
    let row = own_row(waitlist, caller, id).await?;
    read::shown(waitlist, row, now).await
}

/// `GET /waitlist/position/{id}`.
///
/// # Errors
/// `not_found`.
pub async fn position(
    waitlist: &Waitlist,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Position, AppError> {
    let row = own_row(waitlist, caller, id).await?;
    read::position(waitlist, row, now).await
}

/// An entry that the caller may see. Nothing is settled yet: a read of somebody else's entry changes nothing.
async fn own_row(waitlist: &Waitlist, caller: &Caller, id: WaitlistId) -> Result<store::EntryView, AppError> {
    let row = read::row(waitlist, id).await?;
    if access::sees(caller, row.account_id) { Ok(row) } else { Err(access::no_entry(id)) }
}

/// An entry as it stands after what a caller did.
async fn entry(waitlist: &Waitlist, id: WaitlistId, now: Instant) -> Result<Entry, AppError> {
    read::shown(waitlist, read::row(waitlist, id).await?, now).await
}

/// The class of an entry that the caller may act on.
async fn session_of(context: &Context, caller: &Caller, id: WaitlistId) -> Result<SessionId, AppError> {
    match store::waitlist_owner(&context.pool, id).await? {
        Some((session, owner)) if access::sees(caller, owner) => Ok(session),
        _ => Err(access::no_entry(id)),
    }
}

/// How the audit names an entry.
fn subject(id: WaitlistId) -> String {
    format!("waitlist/{id}")
}
