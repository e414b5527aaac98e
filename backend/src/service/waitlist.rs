//! The verbs of the waitlist: join, leave, answer; and its reads.

mod joining;
mod read;
mod state;

use super::access::{self, Acting};
use super::audit::{self, Act};
use super::queue::{ProfileFacts, Want, entry_by_id};
use super::release_rates::Rates;
use super::{Context, classes, shapes, staff_changes};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, Conn};
use crate::unit::{Answer, Unit};
use contract::shapes::{Action, Entry, Join, Position, Responded};
use logic::Instant;
use logic::ids::{SessionId, WaitlistId};
use logic::session::{Command, OfferAnswer};
use logic::status::{BookingSource, EntryStatus, Role};
use serde_json::json;

pub use read::{MyFilter, my};
pub use state::{Class, JoinRequest, Waitlist};

/// `POST /waitlist/join` (RULES §2, Joining).
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a class or a profile that does not exist or is not the caller's.
pub async fn join(
    waitlist: &Waitlist,
    unit: &Unit,
    caller: &Caller,
    ask: &Join,
    now: Instant,
) -> Result<Answer, AppError> {
    let rates = waitlist.rates.current(&waitlist.context, now).await?;
    // When a class is stormed, its load is the plain joins of members: these are batched. Other joins, and those that a
    // batch left, go one by one.
    if caller.role == Role::Member && ask.makeup_for.is_none() {
        let class = (ask.course_schedule_id, ask.booking_date);
        let (unit, rates) = (unit.clone(), rates.clone());
        let request = JoinRequest { unit, account: caller.account, profile: ask.profile_id, rates, now };
        if let Some(answer) = joining::join(waitlist, class, request).await? {
            return Ok(answer);
        }
    }
    join_alone(waitlist, unit, caller, ask, &rates, now).await
}

/// A join in a transaction of its own.
async fn join_alone(
    waitlist: &Waitlist,
    unit: &Unit,
    caller: &Caller,
    ask: &Join,
    rates: &Rates,
    now: Instant,
) -> Result<Answer, AppError> {
    let context = &waitlist.context;
    let mut conn = context.pool.acquire().await?;
    let acting = access::require_profile(&mut *conn, caller, ask.profile_id).await?;
    drop(conn);
    let (class, acting) = ((ask.course_schedule_id, ask.booking_date), &acting);
    let missed = ask.makeup_for.map(|original| (ask.profile_id, original));
    let want = Want::makeup_or(missed.as_ref(), now, Want::Queue);
    let command = |facts: ProfileFacts| Command::Join(facts.joiner(acting.by, now));
    let row = classes::row_for_profile(context, unit, class, ask.profile_id, want, command, now).await?;
    context
        .write_on_row(unit, row, "waitlist_join", |conn, class| {
            Box::pin(async move {
                let profile = ask.profile_id;
                let (mut locked, lock) = class.locked();
                let lock = lock.lock_profile(conn, profile).await?;
                let facts = ProfileFacts::load(conn, &mut locked, &lock, want).await?;
                let command = command(facts);
                let outcome = locked.run(context, conn, &[lock], &command, now).await?;
                let subject = audit::class_subject((ask.course_schedule_id, ask.booking_date));
                let detail = json!({ "profile_id": profile, "waitlist_id": outcome.created.entry });
                let act = Act::new("waitlist.join", subject).to(profile).after(detail);
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                if let Err(refusal) = outcome.answer {
                    return Ok(Err(refusal));
                }
                let made = outcome.created.entry;
                let id = made.ok_or_else(|| anyhow::anyhow!("a join was accepted but made no entry"))?;
                Ok(Ok(read::written(waitlist, conn, rates, id, now).await?))
            })
        })
        .await
}

/// `DELETE /waitlist/{id}`: leaves the queue; leaving again answers the same row.
///
/// # Errors
/// `not_found`; `conflict` for an entry that became a booking.
pub async fn leave(
    waitlist: &Waitlist,
    unit: &Unit,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Answer, AppError> {
    let context = &waitlist.context;
    let (session, acting) = &session_of(context, caller, id).await?;
    let rates = &waitlist.rates.current(context, now).await?;
    context
        .write_on_class(unit, *session, "waitlist_leave", |conn, class| {
            Box::pin(async move {
                let (mut locked, _) = class.locked();
                let (facts, _) = entry_by_id(conn, &mut locked, id).await?;
                let act = Act::new("waitlist.leave", subject(id)).to(facts.profile);
                let command = Command::LeaveQueue { entry: facts, by: acting.by };
                let outcome = locked.run(context, conn, &[], &command, now).await?;
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                match outcome.answer {
                    Ok(()) => Ok(Ok(read::written(waitlist, conn, rates, id, now).await?)),
                    Err(refusal) => Ok(Err(refusal)),
                }
            })
        })
        .await
}

/// `PUT /waitlist/{id}/respond`: takes the offered seat or lets it go.
///
/// # Errors
/// `response_deadline_passed` with the deadline; `time_conflict`; `conflict` where no offer was made; `not_found`.
pub async fn respond(
    waitlist: &Waitlist,
    unit: &Unit,
    caller: &Caller,
    id: WaitlistId,
    action: Action,
    now: Instant,
) -> Result<Answer, AppError> {
    let context = &waitlist.context;
    let (session, acting) = &session_of(context, caller, id).await?;
    let rates = &waitlist.rates.current(context, now).await?;
    context
        .write_on_class(unit, *session, "waitlist_respond", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                let (entry, makeup_for) = entry_by_id(conn, &mut locked, id).await?;
                let profile = lock.lock_profile(conn, entry.profile).await?;
                let answer = match action {
                    Action::Decline => OfferAnswer::Decline,
                    Action::Confirm => {
                        let missed = makeup_for.map(|original| (entry.profile, original));
                        let want = Want::makeup_or(missed.as_ref(), now, Want::Seat(now));
                        let facts = ProfileFacts::load(conn, &mut locked, &profile, want).await?;
                        OfferAnswer::Confirm(facts.confirm())
                    }
                };
                let act = Act::new("waitlist.respond", subject(id));
                let act = act.to(entry.profile).after(json!({ "action": action }));
                let command = Command::Respond { entry, answer, by: acting.by };
                let outcome = locked.run(context, conn, &[profile], &command, now).await?;
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                match outcome.answer {
                    Ok(()) => Ok(Ok(responded(waitlist, conn, rates, id, now).await?)),
                    Err(refusal) => Ok(Err(refusal)),
                }
            })
        })
        .await
}

/// An entry after its answer, with what it booked.
async fn responded(
    waitlist: &Waitlist,
    conn: &mut Conn,
    rates: &Rates,
    id: WaitlistId,
    now: Instant,
) -> Result<Responded, AppError> {
    let entry = read::written(waitlist, conn, rates, id, now).await?;
    if entry.status != EntryStatus::Confirmed {
        return Ok(Responded { entry, booking: None, makeup: None });
    }
    let booking = store::booking_of_entry(&mut *conn, id).await?;
    let makeup = match &booking {
        Some(row) if row.source == BookingSource::Makeup => {
            store::makeup_booking_of_booking(conn, row.id).await?.map(shapes::makeup)
        }
        _ => None,
    };
    let booking = booking.as_ref().map(|row| shapes::booking(row, entry.policy_id));
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
    if access::sees(caller, row.guardians.include(caller.account)) {
        Ok(row)
    } else {
        Err(access::no_entry(id))
    }
}

/// The class of an entry that the caller may act on.
async fn session_of(
    context: &Context,
    caller: &Caller,
    id: WaitlistId,
) -> Result<(SessionId, Acting), AppError> {
    let found = store::waitlist_owner(&context.pool, id, caller.account).await?;
    let acting = found.and_then(|(session, is_own)| Some((session, Acting::of(caller, is_own)?)));
    acting.ok_or_else(|| access::no_entry(id))
}

/// How the audit names an entry.
fn subject(id: WaitlistId) -> String {
    format!("waitlist/{id}")
}
