//! The verbs of the waitlist: join, leave, answer; and its reads.

mod joining;
mod view;

use super::queue::{Locked, entry_by_id, entry_of_profile, touch};
use super::{access, audit, bookings, makeup, timetable};
use crate::App;
use crate::auth::Caller;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use chrono::{DateTime, Utc};
use contract::shapes::{Action, Booking, Entry, Join, Page, Position, Responded};
use logic::Instant;
use logic::error::{Code, Refusal};
use logic::ids::{ProfileId, WaitlistId};
use logic::session::{Command, ConfirmFacts, JoinerFacts, OfferAnswer};
use logic::status::{BookingSource, EntryStatus, Role};
use serde_json::json;

pub use joining::{Class, Joiner, Joins, joins};
pub(super) use view::settle_own;
pub use view::{MyFilter, Reads, reads};

/// `POST /waitlist/join` (RULES §2, Joining).
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a class or a profile that is not there or not the caller's.
pub async fn join(app: &App, caller: &Caller, ask: &Join, now: Instant) -> Result<Entry, AppError> {
    // What storms a class: members' plain joins. They are folded; the rest, and what a fold left, goes one by one.
    if caller.role == Role::Member && ask.makeup_for.is_none() {
        let class = (ask.course_schedule_id, ask.booking_date);
        if let Some(row) = joining::join(app, caller.account, ask.profile_id, class, now).await? {
            let rate = app.rates.of(app, row.schedule(), now).await?;
            return row.entry(rate, now, &app.policy);
        }
    }
    join_alone(app, caller, ask, now).await
}

/// A join in a transaction of its own.
async fn join_alone(app: &App, caller: &Caller, ask: &Join, now: Instant) -> Result<Entry, AppError> {
    let mut conn = app.pool.acquire().await?;
    caller.require_profile(&mut conn, ask.profile_id).await?;
    let session_id =
        timetable::ensure_session(&mut conn, app.zone, ask.course_schedule_id, ask.booking_date).await?;
    drop(conn);
    let (made, answer) = run_tx(&app.pool, "waitlist_join", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            access::lock_profile(conn, ask.profile_id).await?;
            let joiner = JoinerFacts {
                profile: ask.profile_id,
                already_booked: bookings::is_booked(conn, session_id, ask.profile_id).await?,
                entry: entry_of_profile(conn, &mut locked, ask.profile_id).await?,
                active_waitlists: active_elsewhere(conn, Some(session_id), ask.profile_id, now).await?,
                makeup: match ask.makeup_for {
                    None => None,
                    Some(original) => {
                        let profile = ask.profile_id;
                        let verdict =
                            makeup::verdict(conn, &locked, profile, original, now, app).await?.map(|_| ());
                        let conflict =
                            verdict.is_ok() && bookings::overlaps(conn, &locked.row, profile).await?;
                        Some((original, if conflict { Err(Code::TimeConflict) } else { verdict }))
                    }
                },
            };
            let outcome = locked.run(conn, &Command::Join(joiner), now, app).await?;
            let subject = format!("session/{}/{}", ask.course_schedule_id, ask.booking_date);
            let detail = json!({ "profile_id": ask.profile_id, "waitlist_id": outcome.made.entry });
            audit::staff_did(conn, caller, &outcome.answer, "waitlist.join", subject, detail, now).await?;
            Ok((outcome.made.entry, outcome.answer))
        })
    })
    .await?;
    answer?;
    let id = made.ok_or_else(|| AppError::Internal(anyhow::anyhow!("a join made no entry")))?;
    entry(app, id, now).await
}

/// `DELETE /waitlist/{id}`: leaves the queue; leaving again answers the same row.
///
/// # Errors
/// `not_found`; `conflict` for an entry that became a booking.
pub async fn leave(app: &App, caller: &Caller, id: WaitlistId, now: Instant) -> Result<Entry, AppError> {
    let session_id = session_of(app, caller, id).await?;
    let answer = run_tx(&app.pool, "waitlist_leave", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            let (facts, _) = entry_by_id(conn, &mut locked, id.0).await?;
            let command = Command::LeaveQueue { entry: facts, by: access::actor(caller) };
            let answer = locked.run(conn, &command, now, app).await?.answer;
            audit::staff_did(conn, caller, &answer, "waitlist.leave", subject(id), json!({}), now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    entry(app, id, now).await
}

/// `PUT /waitlist/{id}/respond`: takes the offered seat or lets it go.
///
/// # Errors
/// `response_deadline_passed` with the deadline; `time_conflict`; `conflict` where no offer was made;
/// `not_found`.
pub async fn respond(
    app: &App,
    caller: &Caller,
    id: WaitlistId,
    action: Action,
    now: Instant,
) -> Result<Responded, AppError> {
    let session_id = session_of(app, caller, id).await?;
    let answer = run_tx(&app.pool, "waitlist_respond", |conn, _| {
        Box::pin(async move {
            let mut locked = lock(conn, session_id, app).await?;
            let (facts, makeup_for) = entry_by_id(conn, &mut locked, id.0).await?;
            let answer = match action {
                Action::Decline => OfferAnswer::Decline,
                Action::Confirm => {
                    access::lock_profile(conn, facts.profile).await?;
                    let profile = facts.profile;
                    let makeup = match makeup_for {
                        None => None,
                        Some(original) => {
                            Some(makeup::verdict(conn, &locked, profile, original, now, app).await?)
                        }
                    };
                    OfferAnswer::Confirm(ConfirmFacts {
                        time_conflict: bookings::overlaps(conn, &locked.row, profile).await?,
                        makeup,
                        leave: makeup::leave_of(conn, session_id, profile).await?,
                    })
                }
            };
            let command = Command::Respond { entry: facts, answer, by: access::actor(caller) };
            let answer = locked.run(conn, &command, now, app).await?.answer;
            let detail = json!({ "action": action });
            audit::staff_did(conn, caller, &answer, "waitlist.respond", subject(id), detail, now).await?;
            Ok(answer)
        })
    })
    .await?;
    answer?;
    let entry = entry(app, id, now).await?;
    if entry.status != EntryStatus::Confirmed {
        return Ok(Responded { entry, booking: None, makeup: None });
    }
    let mut conn = app.pool.acquire().await?;
    let booking = bookings::of_entry(&mut conn, app, id).await?;
    let makeup = match &booking {
        Some(Booking { id, source: BookingSource::Makeup, .. }) => makeup::of_booking(&mut conn, *id).await?,
        _ => None,
    };
    Ok(Responded { entry, booking, makeup })
}

/// `GET /waitlist/{id}`, for its owner or the staff.
///
/// # Errors
/// `not_found`.
pub async fn get(app: &App, caller: &Caller, id: WaitlistId, now: Instant) -> Result<Entry, AppError> {
    let row = own_row(app, caller, id).await?;
    shown(app, row, now).await
}

/// `GET /waitlist/position/{id}`.
///
/// # Errors
/// `not_found`.
pub async fn position(
    app: &App,
    caller: &Caller,
    id: WaitlistId,
    now: Instant,
) -> Result<Position, AppError> {
    let row = view::settled(app, own_row(app, caller, id).await?, now).await?;
    let rate = app.rates.of(app, row.schedule(), now).await?;
    row.position(rate, now, &app.policy)
}

/// `GET /waitlist/my`: the entries of a scope, newest first, once its version was taken, which settles.
///
/// # Errors
/// The database's.
pub async fn my(app: &App, filter: &MyFilter, now: Instant) -> Result<Page<Entry>, AppError> {
    view::my(app, filter, now).await
}

/// An entry that the caller may see. Nothing is settled yet: somebody else's read changes nothing.
async fn own_row(app: &App, caller: &Caller, id: WaitlistId) -> Result<view::Row, AppError> {
    let row = view::row(app, id).await?;
    if access::sees(caller, row.account_id) { Ok(row) } else { Err(no_entry(id)) }
}

/// An entry as it stands after what a caller did.
async fn entry(app: &App, id: WaitlistId, now: Instant) -> Result<Entry, AppError> {
    shown(app, view::row(app, id).await?, now).await
}

/// An entry as its owner is shown it: no dead offer is alive (RULES §2).
async fn shown(app: &App, row: view::Row, now: Instant) -> Result<Entry, AppError> {
    let row = view::settled(app, row, now).await?;
    let rate = app.rates.of(app, row.schedule(), now).await?;
    row.entry(rate, now, &app.policy)
}

/// The session of an entry that the caller may act on.
pub(super) async fn session_of(app: &App, caller: &Caller, id: WaitlistId) -> Result<i64, AppError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT w.session_id, p.account_id FROM waitlist w JOIN profile p ON p.id = w.profile_id WHERE w.id = ?",
    )
    .bind(id.0)
    .fetch_optional(&app.pool)
    .await?;
    match row {
        Some((session, owner)) if access::sees(caller, owner) => Ok(session),
        _ => Err(no_entry(id)),
    }
}

/// How the audit names an entry.
fn subject(id: WaitlistId) -> String {
    format!("waitlist/{id}")
}

pub(super) fn no_entry(id: WaitlistId) -> AppError {
    AppError::not_found(format!("this account has no waitlist entry {id}"))
}

/// Locks a session that is known to exist.
pub(super) async fn lock(conn: &mut Conn, session_id: i64, app: &App) -> Result<Locked, AppError> {
    Locked::lock(conn, session_id, app).await?.ok_or_else(|| Refusal::from(Code::NotFound).into())
}

/// Live entries of the profile in sessions other than that one: those that wait before their list closes, and open offers.
pub(super) async fn active_elsewhere(
    conn: &mut Conn,
    session_id: Option<i64>,
    profile: ProfileId,
    now: Instant,
) -> Result<u32, AppError> {
    let at = DateTime::<Utc>::from(now);
    let entries: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM waitlist WHERE profile_id = ? AND NOT (session_id <=> ?) AND ( \
         (status = 'waiting' AND expires_at >= ?) OR (status = 'notified' AND response_deadline >= ?))",
    )
    .bind(profile.0)
    .bind(session_id)
    .bind(at)
    .bind(at)
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(entries).unwrap_or(u32::MAX))
}

/// Settles every session in `due`: reads never show a dead offer as alive (RULES §2).
pub(super) async fn settle_all(app: &App, due: Vec<i64>, now: Instant) -> Result<(), AppError> {
    for session in due {
        touch(app, session, Command::Settle, now).await?;
    }
    Ok(())
}
