//! The end of a right to a makeup that was not used.

use super::facts;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::sweep_runner::Task;
use crate::service::{Context, messages};
use crate::store;
use crate::wechat::message::{About, Message};
use logic::ids::BookingId;
use logic::makeup::MissedBooking;
use logic::{Instant, Minutes};

/// How far back the sweep looks: a service that stood still catches up; what ended long before is no news.
const LOOK_BACK: Minutes = Minutes::days(7);
/// How long the news is worth a phone's attention.
const NEWS: Minutes = Minutes::days(1);

/// Missed bookings whose right to a makeup has ended, and that were not looked at since.
pub static ENDED: Task = Task {
    name: "ended_makeups",
    when: |now, _| now.minus(LOOK_BACK)..=now,
    tells_lag: true,
    due: store::BOOKING_RIGHT_NOT_ENDED,
};

/// Tells the member of a missed booking that the right to make it up has ended, once, if it was not used; returns whether
/// it did.
pub async fn end_right(context: &Context, id: BookingId, now: Instant) -> Result<bool, AppError> {
    run_tx(&context.pool, "makeup_end_right", |conn, tx| {
        Box::pin(async move {
            let Some(names) = store::booking_names(conn, id).await? else { return Ok(false) };
            let profile = tx.locks().lock_profile(conn, names.profile_id).await?.id();
            let Some(missed) = facts::missed(conn, id, profile).await? else { return Ok(false) };
            let missed = MissedBooking::from(&missed);
            // The last instant of a right belongs to it.
            if missed.is_owed(now) || !store::booking_mark_right_ended(conn, id, now).await? {
                return Ok(false);
            }
            let unused = |until: &Instant| missed.is_owed(*until);
            let Some(until) = missed.makeup_until.filter(unused) else { return Ok(false) };
            let about = About {
                course: &names.course_name,
                child: &names.profile_name,
                start: context.local(missed.start),
            };
            let message = (Message::makeup_expired(about, context.local(until)), names.subject(id));
            messages::enqueue(context, conn, profile, message, now.plus(NEWS), now).await?;
            Ok(true)
        })
    })
    .await
}
