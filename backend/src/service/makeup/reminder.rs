//! The reminder that goes out before the right to a makeup runs out.

use super::facts;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::sweep_runner::Task;
use crate::service::{Context, messages};
use crate::store::{self, Conn, Unlocked};
use crate::wechat::message::{About, Message};
use logic::Instant;
use logic::ids::BookingId;
use logic::makeup::MissedBooking;

/// Missed bookings whose right to a makeup ends within the policy's `expiring_soon`, and that were not reminded of.
pub static ENDING: Task = Task {
    name: "makeup_reminders",
    when: |now, policy| now..=now.plus(policy.expiring_soon),
    tells_lag: true,
    due: store::BOOKING_UNREMINDED,
};

/// Reminds the member of a missed booking that the right to make it up is about to end, once; returns whether it did. Of
/// two services that look at once, one marks the booking; the other finds it marked. A booking that is not owed is
/// marked too, without a reminder: if its makeup is cancelled this late, the member has just acted.
pub async fn remind(context: &Context, id: BookingId, now: Instant) -> Result<bool, AppError> {
    run_tx(&context.pool, "makeup_remind", |conn, tx| {
        Box::pin(async move { remind_owner(context, conn, tx.locks(), id, now).await })
    })
    .await
}

async fn remind_owner(
    context: &Context,
    conn: &mut Conn,
    tx: Unlocked,
    booking: BookingId,
    now: Instant,
) -> Result<bool, AppError> {
    let Some(names) = store::booking_names(conn, booking).await? else { return Ok(false) };
    let profile = tx.lock_profile(conn, names.profile_id).await?.id();
    let marked = store::booking_mark_reminded(conn, booking, now).await?;
    let Some(missed) = facts::missed(conn, booking, profile).await? else { return Ok(false) };
    let missed = MissedBooking::from(&missed);
    let Some(until) = missed.makeup_until.filter(|_| marked && missed.is_owed(now)) else { return Ok(false) };
    let about =
        About { course: &names.course_name, child: &names.profile_name, start: context.local(missed.start) };
    let message = Message::makeup_expiring(about, context.local(until));
    messages::enqueue(context, conn, profile, (message, names.subject(booking)), until, now).await?;
    Ok(true)
}
