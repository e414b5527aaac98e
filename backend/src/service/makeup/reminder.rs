//! The word that goes out before the right to a makeup runs out.

use super::facts;
use crate::App;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use crate::service::access;
use crate::service::messages::tell;
use crate::service::sweep_runner::Task;
use crate::wechat::message::{About, Message};
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::{BookingId, ProfileId};

/// Missed bookings whose right to a makeup ends within the policy's `expiring_soon`, and whose members have not been
/// told.
pub static ENDING: Task = Task {
    name: "makeup_reminders",
    when: |now, policy| {
        let first = now.minus(policy.makeup_validity);
        first..=first.plus(policy.expiring_soon)
    },
    tells_lag: true,
    due: "SELECT s.starts_at, b.id FROM class_session s JOIN booking b ON b.session_id = s.id \
          WHERE s.starts_at <= ? AND (s.starts_at > ? OR (s.starts_at = ? AND b.id > ?)) \
          AND b.status IN ('leave', 'cancelled_by_gym', 'absent') AND b.makeup_reminded_at IS NULL \
          ORDER BY s.starts_at, b.id LIMIT ?",
};

#[derive(sqlx::FromRow)]
struct Ending {
    profile_id: i64,
    profile_name: String,
    course_name: String,
}

/// Tells the member of a missed booking that the right to make it up is about to end, once; says whether it did. Of two
/// services that look at once, one marks the booking; the other finds it marked. What is not owed is marked too, and
/// not told: should its makeup be given up this late, the member who does so knows.
///
/// # Errors
/// The database's.
pub async fn remind(app: &App, id: i64, now: Instant) -> Result<bool, AppError> {
    run_tx(&app.pool, "makeup_remind", |conn, _| {
        Box::pin(async move { remind_owner(conn, app, BookingId(id), now).await })
    })
    .await
}

async fn remind_owner(
    conn: &mut Conn,
    app: &App,
    booking: BookingId,
    now: Instant,
) -> Result<bool, AppError> {
    let ending: Option<Ending> = sqlx::query_as(
        "SELECT b.profile_id, p.name AS profile_name, c.name AS course_name FROM booking b \
         JOIN profile p ON p.id = b.profile_id JOIN course_schedule t ON t.id = b.course_schedule_id \
         JOIN course c ON c.id = t.course_id WHERE b.id = ?",
    )
    .bind(booking.0)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(ending) = ending else { return Ok(false) };
    let profile = ProfileId(ending.profile_id);
    access::lock_profile(conn, profile).await?;
    let marked =
        sqlx::query("UPDATE booking SET makeup_reminded_at = ? WHERE id = ? AND makeup_reminded_at IS NULL")
            .bind(DateTime::<Utc>::from(now))
            .bind(booking.0)
            .execute(&mut *conn)
            .await?;
    let Some((missed, _)) = facts::missed(conn, booking, profile).await? else { return Ok(false) };
    let (1, true, Some(until)) =
        (marked.rows_affected(), missed.is_owed(now, &app.policy), missed.makeup_until(&app.policy))
    else {
        return Ok(false);
    };
    let about =
        About { course: &ending.course_name, child: &ending.profile_name, start: app.local(missed.start) };
    let message = Message::makeup_expiring(about, app.local(until));
    tell(conn, profile, message, until, now, app).await?;
    Ok(true)
}
