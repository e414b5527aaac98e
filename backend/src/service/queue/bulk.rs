//! Events that end many rows at once.

use super::load::Locked;
use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::makeup;
use crate::service::messages;
use crate::wechat::message::Template;
use chrono::{DateTime, Utc};
use logic::Instant;

/// Every waiting entry expires, and is told once that the list is closed (RULES §2). An offer that is still
/// open then stays open.
pub(super) async fn close_list(
    conn: &mut Conn,
    locked: &Locked,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let waiting: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM waitlist WHERE session_id = ? AND status = 'waiting' ORDER BY `position`",
    )
    .bind(locked.row.id)
    .fetch_all(&mut *conn)
    .await?;
    messages::news(conn, locked, &waiting, Template::ListClosed, now, app).await?;
    sqlx::query("UPDATE waitlist SET status = 'expired' WHERE session_id = ? AND status = 'waiting'")
        .bind(locked.row.id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Waiting entries and bookings end, and everyone is told, those with an open offer too (RULES §2, §3). The
/// offers are withdrawn by events of their own, after this one.
pub(super) async fn call_off(
    conn: &mut Conn,
    locked: &Locked,
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    makeup::lock_for_call_off(conn, locked.row.id).await?;
    let active: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM waitlist WHERE session_id = ? AND status IN ('waiting', 'notified') ORDER BY `position`",
    )
    .bind(locked.row.id)
    .fetch_all(&mut *conn)
    .await?;
    messages::news(conn, locked, &active, Template::CalledOff, now, app).await?;
    sqlx::query("UPDATE waitlist SET status = 'cancelled' WHERE session_id = ? AND status = 'waiting'")
        .bind(locked.row.id)
        .execute(&mut *conn)
        .await?;
    let bookings: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM booking WHERE session_id = ? AND status = 'booked' ORDER BY id")
            .bind(locked.row.id)
            .fetch_all(&mut *conn)
            .await?;
    messages::bookings_called_off(conn, locked, &bookings, now, app).await?;
    sqlx::query(
        "UPDATE booking SET status = 'cancelled_by_gym', cancelled_at = ? WHERE session_id = ? AND status = 'booked'",
    )
    .bind(DateTime::<Utc>::from(now))
    .bind(locked.row.id)
    .execute(&mut *conn)
    .await?;
    makeup::called_off(conn, locked.row.id, now).await
}
