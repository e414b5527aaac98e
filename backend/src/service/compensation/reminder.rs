//! The word that goes out before a grant runs out.

use super::rows::Row;
use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::messages::tell;
use crate::service::sweep_runner::Task;
use crate::wechat::message::Message;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::ProfileId;

/// Grants that run out within the policy's `expiring_soon`, whose members have not been told.
pub static ENDING: Task = Task {
    name: "grant_reminders",
    when: |now, policy| now..=now.plus(policy.expiring_soon),
    tells_lag: true,
    due: "SELECT expiry_time, id FROM class_credit_compensation \
          WHERE status = 'available' AND reminded_at IS NULL AND expiry_time <= ? \
          AND (expiry_time > ? OR (expiry_time = ? AND id > ?)) ORDER BY expiry_time, id LIMIT ?",
};

#[derive(sqlx::FromRow)]
struct Ending {
    profile_id: i64,
    profile_name: String,
    #[sqlx(flatten)]
    grant: Row,
}

/// Tells the member of a grant that it is about to run out, once; says whether it did. Of two services that look at
/// once, one marks the grant; the other finds it marked.
///
/// # Errors
/// The database's.
pub async fn remind(app: &App, id: i64, now: Instant) -> Result<bool, AppError> {
    run_tx(&app.pool, "grant_remind", |conn, _| {
        Box::pin(async move {
            let ending: Option<Ending> = sqlx::query_as(
                "SELECT g.profile_id, p.name AS profile_name, g.id, g.status, g.remaining_minutes, g.expiry_time \
                 FROM class_credit_compensation g JOIN profile p ON p.id = g.profile_id WHERE g.id = ?",
            )
            .bind(id)
            .fetch_optional(&mut *conn)
            .await?;
            let Some(Ending { profile_id, profile_name, grant }) = ending else { return Ok(false) };
            let grant = grant.grant()?;
            if !grant.is_live(now) {
                return Ok(false);
            }
            let marked = sqlx::query(
                "UPDATE class_credit_compensation SET reminded_at = ? \
                 WHERE id = ? AND reminded_at IS NULL AND status = 'available' AND remaining_minutes = ?",
            )
            .bind(DateTime::<Utc>::from(now))
            .bind(id)
            .bind(grant.remaining.0)
            .execute(&mut *conn)
            .await?;
            if marked.rows_affected() == 0 {
                return Ok(false);
            }
            let until = grant.expiry_time;
            let message = Message::credit_expiring(&profile_name, grant.remaining.0, app.local(until));
            tell(conn, ProfileId(profile_id), message, until, now, app).await?;
            Ok(true)
        })
    })
    .await
}
