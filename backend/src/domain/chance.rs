//! How often the seats of a weekly slot come free (RULES §6): counted from its last weeks, kept for an hour.

use crate::App;
use crate::error::AppError;
use chrono::{DateTime, Duration, Utc};
use logic::Instant;
use logic::ids::ScheduleId;
use logic::standing::release_rate;
use std::collections::HashMap;
use std::sync::RwLock;

/// Weeks that are looked back on.
const WEEKS: u32 = 8;
/// How long a rate is good for, in milliseconds of service time.
const KEPT_MS: i64 = 60 * 60 * 1000;

/// The rates that were worked out lately.
#[derive(Debug, Default)]
pub struct Rates {
    kept: RwLock<HashMap<ScheduleId, (Instant, f64)>>,
}

impl Rates {
    /// Seats that the slot releases per hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(&self, app: &App, schedule: ScheduleId, now: Instant) -> Result<f64, AppError> {
        let kept = self.kept.read().ok().and_then(|kept| kept.get(&schedule).copied());
        if let Some((since, rate)) = kept
            && (0..KEPT_MS).contains(&now.millis_since(since))
        {
            return Ok(rate);
        }
        let rate = measure(app, schedule, now).await?;
        if let Ok(mut kept) = self.kept.write() {
            kept.insert(schedule, (now, rate));
        }
        Ok(rate)
    }
}

async fn measure(app: &App, schedule: ScheduleId, now: Instant) -> Result<f64, AppError> {
    let until = DateTime::<Utc>::from(now);
    let since = until - Duration::weeks(i64::from(WEEKS));
    // A seat is released when its booking ends before the class: cancelled, or leave taken.
    let (slot, gym): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(CASE WHEN b.course_schedule_id = ? THEN 1 END), COUNT(*) FROM booking b \
         WHERE b.status IN ('cancelled', 'leave') AND b.cancelled_at >= ? AND b.cancelled_at < ?",
    )
    .bind(schedule.0)
    .bind(since)
    .bind(until)
    .fetch_one(&app.pool)
    .await?;
    let slots: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM course_schedule").fetch_one(&app.pool).await?;
    let per_slot_week = as_f64(gym) / as_f64(slots.max(1)) / f64::from(WEEKS);
    Ok(release_rate(u32::try_from(slot).unwrap_or(u32::MAX), WEEKS, per_slot_week))
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn as_f64(count: i64) -> f64 {
    count as f64
}
