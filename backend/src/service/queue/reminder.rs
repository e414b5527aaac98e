//! The reminder of an offer that is about to run out unanswered.

use super::load::Locked;
use crate::error::AppError;
use crate::service::Context;
use crate::service::messages::{self, OpenOffer};
use crate::service::sweep_runner::{self, Task};
use crate::store;
use logic::Instant;
use logic::ids::WaitlistId;
use logic::session::Command;

/// Live offers whose reminder is due.
pub static REMINDERS: Task = Task {
    name: "reminders",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: store::WAITLIST_REMINDERS,
};

/// Writes the reminder of an entry's live offer if it is due at `now`; returns whether it was. Exactly one for each
/// offer: the due time is removed with it, in one transaction under the lock of the class.
pub async fn remind(context: &Context, entry: WaitlistId, now: Instant) -> Result<bool, AppError> {
    let Some(session) = store::waitlist_session(&context.pool, entry).await? else { return Ok(false) };
    let work = context.run_on_class(session, "remind", |conn, tx| {
        Box::pin(async move {
            let Some((mut locked, _)) = Locked::lock(context, conn, tx.locks(), session).await? else {
                return Ok(false);
            };
            // An offer that has run out is not reminded of.
            locked.run(context, conn, &[], &Command::Settle, now).await?;
            let Some((round, deadline)) = store::waitlist_due_reminder(conn, entry, now).await? else {
                return Ok(false);
            };
            let offer = OpenOffer { entry, round, deadline };
            messages::reminder(context, conn, &locked.class, offer, now).await?;
            store::waitlist_mark_reminded(conn, entry, round).await?;
            locked.touch(conn).await?;
            Ok(true)
        })
    });
    work.await
}
