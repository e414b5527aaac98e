//! After a class: its bookings count as attended, unless the staff records otherwise.

use super::sweep_runner::{self, Task};
use super::{Context, makeup};
use crate::error::AppError;
use crate::store;
use logic::Instant;
use logic::booking::is_over;
use logic::ids::SessionId;

/// Classes that are over, the earliest first.
pub static CLASSES: Task = Task {
    name: "classes",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: store::CLASS_SESSION_UNFINISHED,
};

/// Marks the bookings of a class that is over as completed; returns how many. They keep their seats, so no counter
/// changes.
pub async fn finish(context: &Context, session: SessionId, now: Instant) -> Result<u64, AppError> {
    let work = context.run_on_class(session, "finish_class", |conn, tx| {
        Box::pin(async move {
            let Some((row, _)) = tx.locks().lock_session(conn, session).await? else { return Ok(0) };
            if row.finished_at.is_some() || !is_over(row.class.ends_at, now) {
                return Ok(0);
            }
            let completed = store::booking_complete_class(conn, session).await?;
            makeup::follow_attendance(conn, session).await?;
            store::class_session_finish(conn, (session, row.revision), now).await?;
            Ok(completed)
        })
    });
    work.await
}
