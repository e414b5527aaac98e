//! After a class: its bookings count as attended, unless the staff says otherwise.

use super::makeup;
use super::sweep_runner::{self, Task};
use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::booking::is_over;

/// Classes that are over, the earliest first.
pub static CLASSES: Task = Task {
    name: "classes",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: "SELECT ends_at, id FROM class_session WHERE finished_at IS NULL AND ends_at <= ? \
          AND (ends_at > ? OR (ends_at = ? AND id > ?)) ORDER BY ends_at, id LIMIT ?",
};

/// Marks the bookings of a class that is over as completed; answers how many. They keep their seats, so no counter
/// changes.
///
/// # Errors
/// The database's.
pub async fn finish(app: &App, session: i64, now: Instant) -> Result<u64, AppError> {
    run_tx(&app.pool, "finish_class", |conn, _| {
        Box::pin(async move {
            let ends_at: Option<DateTime<Utc>> = sqlx::query_scalar(
                "SELECT ends_at FROM class_session WHERE id = ? AND finished_at IS NULL FOR UPDATE",
            )
            .bind(session)
            .fetch_optional(&mut *conn)
            .await?;
            if !ends_at.is_some_and(|end| is_over(end.into(), now)) {
                return Ok(0);
            }
            let done = sqlx::query(
                "UPDATE booking SET status = 'completed' WHERE session_id = ? AND status = 'booked'",
            )
            .bind(session)
            .execute(&mut *conn)
            .await?;
            makeup::follow_attendance(conn, session).await?;
            sqlx::query("UPDATE class_session SET finished_at = ?, revision = revision + 1 WHERE id = ?")
                .bind(DateTime::<Utc>::from(now))
                .bind(session)
                .execute(conn)
                .await?;
            Ok(done.rows_affected())
        })
    })
    .await
}
