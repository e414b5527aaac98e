//! The reminder of an offer that is about to run out unanswered.

use super::load::{Locked, count};
use super::store;
use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::messages::{self, Offered};
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::session::Command;

/// Writes the reminder of an entry's live offer if it is due at `now`; says whether it was. Exactly one per offer:
/// the due time is taken away with it, in one transaction under the session's lock.
///
/// # Errors
/// The database's.
pub async fn remind(app: &App, entry: i64, now: Instant) -> Result<bool, AppError> {
    let session: Option<i64> = sqlx::query_scalar("SELECT session_id FROM waitlist WHERE id = ?")
        .bind(entry)
        .fetch_optional(&app.pool)
        .await?;
    let Some(session) = session else { return Ok(false) };
    run_tx(&app.pool, "remind", |conn, _| {
        Box::pin(async move {
            let Some(mut locked) = Locked::lock(conn, session, app).await? else { return Ok(false) };
            // An offer that has run out is not reminded of.
            locked.run(conn, &Command::Settle, now, app).await?;
            let due: Option<(i32, DateTime<Utc>)> = sqlx::query_as(
                "SELECT notification_round, response_deadline FROM waitlist \
                 WHERE id = ? AND status = 'notified' AND reminder_at <= ?",
            )
            .bind(entry)
            .bind(DateTime::<Utc>::from(now))
            .fetch_optional(&mut *conn)
            .await?;
            let Some((round, deadline)) = due else { return Ok(false) };
            let offered = Offered { entry, round: count(round), deadline: deadline.into() };
            messages::reminder(conn, &locked, offered, now, app).await?;
            sqlx::query("UPDATE waitlist SET reminder_at = NULL WHERE id = ?")
                .bind(entry)
                .execute(&mut *conn)
                .await?;
            store::revise(conn, session).await?;
            Ok(true)
        })
    })
    .await
}
