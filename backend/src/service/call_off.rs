//! The gym calls a class off (R2.69, R2.70). The first transaction cancels the class, ends its queue and its bookings.
//! What bookings cost is given back in the transactions that follow, so many bookings in each that no class is too large to
//! be called off. Each of them does what is still to do, so a sweep finishes what a request has left.

use super::audit::{self, Act};
use super::queue::{Locked, makeups};
use super::sweep_runner::{self, Stop, Task};
use super::{Context, classes, credit, messages, sessions};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, ProfileLock};
use crate::unit::{Answer, Unit};
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{BookingId, ProfileId, ScheduleId, SessionId};
use logic::session::Command;

/// Bookings of one part.
pub(crate) const PART: u32 = 50;

/// Cancelled classes whose bookings wait to be given back what they cost, the longest waiting first.
pub static CALL_OFFS: Task = Task {
    name: "call_offs",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: store::CLASS_SESSION_CALLED_OFF,
};

/// `POST /sessions/{id}/{date}/cancel`. Cancelling again changes nothing more. It is several transactions; the answer is
/// stored after the last.
///
/// # Errors
/// `not_found`; `class_started`; `unavailable` where the time of the request is over before all is given back.
pub async fn call_off(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    (schedule, date): (ScheduleId, NaiveDate),
    now: Instant,
) -> Result<Answer, AppError> {
    let command = &Command::CallOff;
    let session = match classes::row_for_staff(context, (schedule, date), command, now).await? {
        Ok(session) => session,
        Err(refusal) => return unit.refused(&context.pool, &refusal).await,
    };
    unit.begin()?;
    let parts = &Context { until: Some(unit.until()), ..context.clone() };
    let cancelled = parts
        .run_on_class(session, "call_off", |conn, tx| {
            Box::pin(async move {
                let (mut locked, _) = Locked::lock_existing(parts, conn, tx.locks(), session).await?;
                let answer = locked.run(parts, conn, &[], command, now).await?.answer;
                if answer.is_ok() {
                    let act = Act::new("session.cancel", audit::class_subject((schedule, date)));
                    audit::record(conn, caller.account, act, now).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    if let Err(refusal) = cancelled {
        return unit.refused(&context.pool, &refusal).await;
    }
    let stop = Stop::before_end(unit.until());
    if !finish(parts, session, now, &stop).await?.is_done {
        let left = "the class is cancelled, and what its bookings cost is still being given back";
        return Err(AppError::Unavailable(left));
    }
    unit.write(&context.pool, "call_off_answer", |conn, _| {
        Box::pin(async move { Ok(Ok(sessions::read(context, conn, schedule, date, now).await?)) })
    })
    .await
}

/// How far a call-off has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bookings that were given back what they cost.
    pub given_back: u64,
    /// Whether none is left.
    pub is_done: bool,
}

/// Gives the bookings of a cancelled class back what they cost, until all have it or `stop` is set.
pub async fn finish(
    context: &Context,
    session: SessionId,
    now: Instant,
    stop: &Stop,
) -> Result<Progress, AppError> {
    let (mut after, mut progress) = (BookingId(0), Progress::default());
    while !progress.is_done && !stop.is_set() {
        let part = part(context, session, after, now).await?;
        progress.given_back += part.len() as u64;
        progress.is_done = part.len() < PART as usize;
        after = part.last().copied().unwrap_or(after);
    }
    Ok(progress)
}

/// Gives back what the first [`PART`] bookings after `after` cost, tells their members, and returns the bookings. If there
/// are fewer, the class is done.
async fn part(
    context: &Context,
    session: SessionId,
    after: BookingId,
    now: Instant,
) -> Result<Vec<BookingId>, AppError> {
    context
        .run_on_class(session, "call_off_part", |conn, tx| {
            Box::pin(async move {
                let Some((row, lock)) = tx.locks().lock_session(conn, session).await? else {
                    return Ok(Vec::new());
                };
                if row.due.call_off_at.is_none() {
                    return Ok(Vec::new());
                }
                let owed = store::booking_list_unrefunded(conn, session, after, PART).await?;
                if owed.len() < PART as usize {
                    store::class_session_end_call_off(conn, (session, row.revision)).await?;
                }
                let profiles: Vec<ProfileId> = owed.iter().map(|booking| booking.profile_id).collect();
                let profiles = lock.lock_profiles(conn, &profiles).await?;
                let ids: Vec<BookingId> = owed.iter().map(|booking| booking.id).collect();
                let class = context.policies.judge(&mut *conn, row.class).await?;
                messages::bookings_called_off(context, conn, &class, &ids, now).await?;
                for booking in owed {
                    let profile = ProfileLock::of(&profiles, booking.profile_id)?;
                    if booking.is_makeup {
                        makeups::end(conn, profile, booking.id, now).await?;
                        // A reminder that was due while the class was made up was passed over; its member could not
                        // foresee this.
                        store::booking_forget_reminder(conn, booking.id).await?;
                    } else {
                        credit::give_back(conn, profile, booking.id, now).await?;
                    }
                }
                Ok(ids)
            })
        })
        .await
}
