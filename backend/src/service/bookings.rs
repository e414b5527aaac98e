//! Bookings: made directly, cancelled, left, attended; and their list.

use super::access::{self, Acting, Scope};
use super::audit::{self, Act};
use super::classes::{ClassName, Found};
use super::queue::{Locked, ProfileFacts, Want};
use super::{Context, classes, credit, makeup, rights, shapes, staff_changes};
use crate::auth::Caller;
use crate::error::AppError;
use crate::paging::Paging;
use crate::store::{self, BookingState, Conn, ProfileLock};
use crate::unit::{Answer, Unit, Verdict};
use chrono::NaiveDate;
use contract::access::Access;
use contract::shapes::{Attendance, AttendanceItem, AttendanceRecorded, Book, Booking, LeaveAsk, Page};
use logic::booking::{check_attendance, is_late};
use logic::ids::{BookingId, SessionId};
use logic::session::{Command, Purpose};
use logic::status::{BookingSource, BookingStatus};
use logic::{Code, Instant, Minutes, Refusal};
use serde_json::json;

/// `POST /bookings` (RULES §2, Direct booking).
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a class or a profile that does not exist or is not the caller's. Late also
/// `invalid_request` without a reason, `forbidden` below staff, and `conflict` for one's own child.
pub async fn book(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &Book,
    now: Instant,
) -> Result<Answer, AppError> {
    let reason = &ask.late_reason()?;
    let acting = &if ask.late {
        access::require_power(&context.pool, caller, ask.profile_id).await?
    } else {
        access::require_profile(&context.pool, caller, ask.profile_id).await?
    };
    let class = (ask.course_schedule_id, ask.booking_date);
    let command = |facts: ProfileFacts, purpose| {
        Command::Book(if ask.late {
            facts.late_booker(acting.by, purpose)
        } else {
            facts.booker(acting.by, purpose)
        })
    };
    let plain = |facts| command(facts, Purpose::Ordinary);
    let want = Want::Seat(now);
    let row = classes::row_for_profile(context, unit, class, ask.profile_id, want, plain, now).await?;
    context
        .write_on_row(unit, row, "book", |conn, class| {
            Box::pin(async move {
                let profile = ask.profile_id;
                let (mut locked, lock) = class.locked();
                let lock = lock.lock_profile(conn, profile).await?;
                let facts = ProfileFacts::load(conn, &mut locked, &lock, want).await?;
                let purpose = if ask.pay_with_compensation {
                    let price = Minutes(i64::from(locked.class.duration_minutes));
                    Purpose::Credit(credit::plan(conn, &lock, price, now).await?)
                } else {
                    Purpose::Ordinary
                };
                let command = command(facts, purpose);
                let outcome = locked.run(context, conn, &[lock], &command, now).await?;
                let subject = audit::class_subject((ask.course_schedule_id, ask.booking_date));
                let detail = json!({ "profile_id": profile, "booking_id": outcome.created.booking });
                let act = Act::new("booking.create", subject).to(profile).after(detail);
                let act = act.because(reason.as_deref());
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                if let Err(refusal) = outcome.answer {
                    return Ok(Err(refusal));
                }
                let made = outcome.created.booking;
                let id = made.ok_or_else(|| anyhow::anyhow!("a booking was accepted but not made"))?;
                Ok(Ok(get(context, conn, id).await?))
            })
        })
        .await
}

/// `DELETE /bookings/{id}`: gives the seat back, to the queue first. Cancelling again answers the same row.
///
/// # Errors
/// `not_found`; `class_started`; `conflict` for a booking that ended in another way; `compensation_already_used` for a
/// makeup whose grant was spent.
pub async fn cancel(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: BookingId,
    now: Instant,
) -> Result<Answer, AppError> {
    let (session, acting) = &session_of(context, caller, id).await?;
    context
        .write_on_class(unit, *session, "booking_cancel", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                let BookingState { profile_id, status, source, created_at } =
                    store::booking_state(conn, id, *session).await?;
                // What staff booked late they undo until the class ends.
                let undoing = acting.using_power().filter(|_| is_late(created_at, locked.class.starts_at));
                let (acting, late_until) = match &undoing {
                    Some(undoing) => (undoing, Some(locked.class.ends_at)),
                    None => (acting, None),
                };
                // Spent credit may return to the profile's grants.
                let profile = lock.lock_profile(conn, profile_id).await?;
                let outcome = if source == BookingSource::Makeup {
                    makeup::give_up(context, conn, &mut locked, (profile, id), status, now).await?
                } else {
                    let command = Command::CancelBooking { booking: id, status, late_until };
                    locked.run(context, conn, &[profile], &command, now).await?
                };
                let act = Act::new("booking.cancel", subject(id)).to(profile_id);
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                shown(context, conn, outcome.answer, id).await
            })
        })
        .await
}

/// `POST /bookings/{id}/leave`: misses the class with notice; the seat goes to the queue first. Taking leave again
/// answers the same row.
///
/// # Errors
/// `not_found`; `class_started`, `leave_too_late`; `conflict` for a makeup, or a booking that ended in another way. Where the
/// lead is waived also `invalid_request` without a reason, `forbidden` below staff, and `conflict` for one's own child.
pub async fn leave(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: BookingId,
    ask: &LeaveAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    let reason = &ask.waive_reason()?;
    let waives_lead = ask.waive_lead;
    if waives_lead {
        Access::Staff.authorize(caller.role)?;
    }
    let (session, mut acting) = session_of(context, caller, id).await?;
    if waives_lead {
        acting = acting.using_power().ok_or_else(access::own_child)?;
    }
    let (session, acting) = (&session, &acting);
    context
        .write_on_class(unit, *session, "booking_leave", |conn, class| {
            Box::pin(async move {
                let (mut locked, _) = class.locked();
                let BookingState { profile_id, status, source, .. } =
                    store::booking_state(conn, id, *session).await?;
                let is_makeup = source == BookingSource::Makeup;
                let command = Command::TakeLeave { booking: id, status, is_makeup, waives_lead };
                let outcome = locked.run(context, conn, &[], &command, now).await?;
                let act = Act::new("booking.leave", subject(id)).to(profile_id).because(reason.as_deref());
                staff_changes::record(context, conn, acting, act, (&locked, &outcome), now).await?;
                shown(context, conn, outcome.answer, id).await
            })
        })
        .await
}

/// `POST /bookings/{id}/attendance`: the gym records whether someone came; recording it again corrects it. It is a power
/// over the class: whose child it is makes no difference (R7.3).
///
/// # Errors
/// `not_found`; `conflict` before the class starts, or for a booking that was given up.
pub async fn attend(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    id: BookingId,
    seen: Attendance,
    now: Instant,
) -> Result<Answer, AppError> {
    let found = store::booking_session(&context.pool, id, caller.account).await?;
    let (session, _) = found.ok_or_else(|| no_booking(id))?;
    context
        .write_on_class(unit, session, "booking_attendance", |conn, class| {
            Box::pin(async move {
                // No seat is taken or freed, but the sweep of the class writes attendance too.
                let (mut locked, lock) = class.locked();
                locked.run(context, conn, &[], &Command::Settle, now).await?;
                let state = store::booking_state(conn, id, session).await?;
                let profile = lock.lock_profile(conn, state.profile_id).await?;
                let change = check_recorded(conn, &locked, (&profile, id), (state.status, seen), now).await?;
                record(context, conn, caller, &mut locked, &[change], now).await?;
                Ok(Ok(get(context, conn, id).await?))
            })
        })
        .await
}

/// `PUT /desk/sessions/{id}/{date}/attendance`: records it of several bookings of a class, all or nothing (R2.94).
///
/// # Errors
/// `not_found` for a class that does not exist, or a booking of another one; those of [`attend`], with the index of the
/// first booking that is refused.
pub async fn attend_all(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    class: ClassName,
    items: &[AttendanceItem],
    now: Instant,
) -> Result<Answer, AppError> {
    let found = classes::find(&mut *context.pool.acquire().await?, context.zone, class).await?;
    let Found::Row(session) = found else {
        // Nobody has a place in a class that has no row.
        let first = items.first().map_or_else(
            || classes::no_class(class.0, class.1),
            |item| elsewhere(item.booking_id).at(0).into(),
        );
        return Err(first);
    };
    context
        .write_on_class(unit, session, "desk_attendance", |conn, class| {
            Box::pin(async move {
                let (mut locked, lock) = class.locked();
                locked.run(context, conn, &[], &Command::Settle, now).await?;
                let ids: Vec<BookingId> = items.iter().map(|item| item.booking_id).collect();
                let states = store::booking_list_states(conn, session, &ids).await?;
                let profiles: Vec<_> = states.values().map(|state| state.profile_id).collect();
                let locks = lock.lock_profiles(conn, &profiles).await?;
                let mut changes = Vec::with_capacity(items.len());
                for (index, AttendanceItem { booking_id, status }) in items.iter().enumerate() {
                    let state = states.get(booking_id).ok_or_else(|| elsewhere(*booking_id).at(index))?;
                    let profile = ProfileLock::of(&locks, state.profile_id)?;
                    let wanted = (state.status, *status);
                    let checked = check_recorded(conn, &locked, (profile, *booking_id), wanted, now).await;
                    changes.push(checked.map_err(|error| error.at(index))?);
                }
                record(context, conn, caller, &mut locked, &changes, now).await?;
                let mut rows = store::booking_list_by_id(conn, &ids).await?;
                rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
                let policy = locked.class.policy.id();
                let items = rows.iter().map(|row| shapes::booking(row, policy)).collect();
                Ok(Ok(AttendanceRecorded { items }))
            })
        })
        .await
}

/// What recording attendance changes of a booking.
struct Change<'a> {
    profile: &'a ProfileLock,
    booking: BookingId,
    before: BookingStatus,
    after: BookingStatus,
    /// Whether the booking gave a right to a makeup before.
    had_right: bool,
}

/// Checks that attendance may be recorded of a booking.
async fn check_recorded<'a>(
    conn: &mut Conn,
    locked: &Locked,
    (profile, booking): (&'a ProfileLock, BookingId),
    (before, seen): (BookingStatus, Attendance),
    now: Instant,
) -> Result<Change<'a>, AppError> {
    check_attendance(before, locked.class.starts_at, now)?;
    let after = BookingStatus::from(seen);
    let had_right = makeup::may_correct(conn, &locked.class, (profile, booking), after, now).await?;
    Ok(Change { profile, booking, before, after, had_right })
}

/// Writes attendance that was checked, of bookings of one class, and what it means for rights and for makeups.
async fn record(
    context: &Context,
    conn: &mut Conn,
    caller: &Caller,
    locked: &mut Locked,
    changes: &[Change<'_>],
    now: Instant,
) -> Result<(), AppError> {
    for Change { profile, booking, before, after, .. } in changes {
        store::booking_set_attendance(conn, *booking, *before, *after, now).await?;
        let act = Act::new("booking.attendance", subject(*booking)).to(profile.id());
        let act = act.before(json!({ "status": before })).after(json!({ "status": after }));
        audit::record(conn, caller.account, act, now).await?;
    }
    let bookings: Vec<BookingId> = changes.iter().map(|change| change.booking).collect();
    rights::arise(&locked.class.policy, conn, &bookings).await?;
    makeup::follow_attendance(conn, locked.class.id).await?;
    locked.touch(conn).await?;
    for change in changes.iter().filter(|change| !change.had_right) {
        makeup::tell_right(context, conn, caller, (change.profile, change.booking), now).await?;
    }
    Ok(())
}

/// 404: the booking is not one of the class.
fn elsewhere(id: BookingId) -> Refusal {
    Refusal::because(Code::NotFound, format!("this class has no booking {id}"))
}

/// `GET /bookings/my`: the bookings of a scope, newest class first; of classes on `from` or later, if it is given.
pub async fn my(
    context: &Context,
    scope: &Scope,
    from: Option<NaiveDate>,
    list: &Paging,
) -> Result<Page<Booking>, AppError> {
    let mut rows = store::booking_list(&context.pool, scope.owner(), from, list).await?;
    let next_cursor = list.next(&mut rows, shapes::booking_cursor);
    let items = shapes::bookings(context, &rows).await?;
    Ok(Page { items, next_cursor })
}

/// How the audit names a booking.
pub(super) fn subject(id: BookingId) -> String {
    format!("booking/{id}")
}

/// The class of a booking that the caller may act on.
async fn session_of(
    context: &Context,
    caller: &Caller,
    id: BookingId,
) -> Result<(SessionId, Acting), AppError> {
    let found = store::booking_session(&context.pool, id, caller.account).await?;
    let acting = found.and_then(|(session, is_own)| Some((session, Acting::of(caller, is_own)?)));
    acting.ok_or_else(|| no_booking(id))
}

/// 404: there is no such booking, or it is another account's.
pub(super) fn no_booking(id: BookingId) -> AppError {
    AppError::not_found(format!("this account has no booking {id}"))
}

/// A booking after a command on it, unless that was refused.
async fn shown(
    context: &Context,
    conn: &mut Conn,
    answer: Result<(), Refusal>,
    id: BookingId,
) -> Result<Verdict<Booking>, AppError> {
    match answer {
        Ok(()) => Ok(Ok(get(context, conn, id).await?)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// A booking that is known to exist.
pub(super) async fn get(context: &Context, conn: &mut Conn, id: BookingId) -> Result<Booking, AppError> {
    let row = store::booking_get(&mut *conn, id).await?;
    let policy = context.policies.of_class(conn, &row).await?;
    Ok(shapes::booking(&row, policy.id()))
}
