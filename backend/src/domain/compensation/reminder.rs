//! The word that goes out before a grant runs out.

use crate::App;
use crate::db::{Conn, run_tx};
use crate::domain::queue::tell;
use crate::error::AppError;
use crate::wechat::message::Message;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::ProfileId;

#[derive(sqlx::FromRow)]
struct Ending {
    id: i64,
    profile_id: i64,
    profile_name: String,
    remaining_minutes: i32,
    expiry_time: DateTime<Utc>,
}

/// Tells the members of at most `limit` grants that run out within the policy's `expiring_soon`, once each; answers
/// how many were told of.
///
/// # Errors
/// The database's; what was told by then stays told.
pub async fn remind_expiring(app: &App, now: Instant, limit: u32) -> Result<u32, AppError> {
    let ending: Vec<Ending> = sqlx::query_as(
        "SELECT g.id, g.profile_id, p.name AS profile_name, g.remaining_minutes, g.expiry_time \
         FROM class_credit_compensation g JOIN profile p ON p.id = g.profile_id \
         WHERE g.status = 'available' AND g.reminded_at IS NULL AND g.expiry_time > ? AND g.expiry_time <= ? \
         ORDER BY g.expiry_time, g.id LIMIT ?",
    )
    .bind(DateTime::<Utc>::from(now))
    .bind(DateTime::<Utc>::from(now.plus(app.policy.expiring_soon)))
    .bind(limit)
    .fetch_all(&app.pool)
    .await?;
    let mut told = 0;
    for grant in &ending {
        told += run_tx(&app.pool, "grant_remind", |conn, _| {
            Box::pin(async move { remind(conn, app, grant, now).await })
        })
        .await?;
    }
    Ok(told)
}

/// Of two services that look at once, one marks the grant; the other finds it marked.
async fn remind(conn: &mut Conn, app: &App, grant: &Ending, now: Instant) -> Result<u32, AppError> {
    let marked = sqlx::query(
        "UPDATE class_credit_compensation SET reminded_at = ? \
         WHERE id = ? AND reminded_at IS NULL AND status = 'available' AND remaining_minutes = ?",
    )
    .bind(DateTime::<Utc>::from(now))
    .bind(grant.id)
    .bind(grant.remaining_minutes)
    .execute(&mut *conn)
    .await?;
    if marked.rows_affected() == 0 {
        return Ok(0);
    }
    let until = Instant::from(grant.expiry_time);
    let minutes = i64::from(grant.remaining_minutes);
    let message = Message::credit_expiring(&grant.profile_name, minutes, app.local(until));
    tell(conn, ProfileId(grant.profile_id), message, until, now, app).await?;
    Ok(1)
}
