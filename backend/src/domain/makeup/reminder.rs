//! The word that goes out before the right to a makeup runs out.

use super::facts;
use crate::App;
use crate::db::{Conn, run_tx};
use crate::domain::access;
use crate::domain::queue::tell;
use crate::error::AppError;
use crate::wechat::message::{About, Message};
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::{BookingId, ProfileId};
use logic::makeup::is_missed;
use logic::status::BookingStatus;

#[derive(sqlx::FromRow)]
struct Ending {
    id: i64,
    profile_id: i64,
    profile_name: String,
    course_name: String,
}

/// Tells the members of at most `limit` missed bookings whose right to a makeup ends within the policy's
/// `expiring_soon`, once each; answers how many were told of.
///
/// # Errors
/// The database's; what was told by then stays told.
pub async fn remind_owed(app: &App, now: Instant, limit: u32) -> Result<u32, AppError> {
    let missed: Vec<_> = BookingStatus::ALL
        .iter()
        .filter(|status| is_missed(**status, &app.policy))
        .map(|status| status.as_str())
        .collect();
    let first = now.minus(app.policy.makeup_validity);
    let ending: Vec<Ending> = sqlx::query_as(
        "SELECT b.id, b.profile_id, p.name AS profile_name, c.name AS course_name FROM class_session s \
         JOIN booking b ON b.session_id = s.id JOIN profile p ON p.id = b.profile_id \
         JOIN course_schedule t ON t.id = s.course_schedule_id JOIN course c ON c.id = t.course_id \
         WHERE s.starts_at >= ? AND s.starts_at <= ? AND FIND_IN_SET(b.status, ?) \
         AND b.makeup_reminded_at IS NULL ORDER BY s.starts_at, b.id LIMIT ?",
    )
    .bind(DateTime::<Utc>::from(first))
    .bind(DateTime::<Utc>::from(first.plus(app.policy.expiring_soon)))
    .bind(missed.join(","))
    .bind(limit)
    .fetch_all(&app.pool)
    .await?;
    let mut told = 0;
    for booking in &ending {
        told += run_tx(&app.pool, "makeup_remind", |conn, _| {
            Box::pin(async move { remind(conn, app, booking, now).await })
        })
        .await?;
    }
    Ok(told)
}

/// Of two services that look at once, one marks the booking; the other finds it marked. What is not owed is marked
/// too, and not told: should its makeup be given up this late, the member who does so knows.
async fn remind(conn: &mut Conn, app: &App, ending: &Ending, now: Instant) -> Result<u32, AppError> {
    let (booking, profile) = (BookingId(ending.id), ProfileId(ending.profile_id));
    access::lock_profile(conn, profile).await?;
    let marked =
        sqlx::query("UPDATE booking SET makeup_reminded_at = ? WHERE id = ? AND makeup_reminded_at IS NULL")
            .bind(DateTime::<Utc>::from(now))
            .bind(booking.0)
            .execute(&mut *conn)
            .await?;
    let Some((missed, _)) = facts::missed(conn, booking, profile).await? else { return Ok(0) };
    let (1, true, Some(until)) =
        (marked.rows_affected(), missed.is_owed(now, &app.policy), missed.until(&app.policy))
    else {
        return Ok(0);
    };
    let about =
        About { course: &ending.course_name, child: &ending.profile_name, start: app.local(missed.start) };
    let message = Message::makeup_expiring(about, app.local(until));
    tell(conn, profile, message, until, now, app).await?;
    Ok(1)
}
