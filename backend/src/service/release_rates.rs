//! How often the seats of each weekly slot come free: what `logic::release_rate` wants to know of the last weeks, asked of
//! the rows and kept for an hour.

use crate::App;
use crate::error::AppError;
use chrono::{DateTime, TimeDelta, Utc};
use logic::ids::ScheduleId;
use logic::release_rate::{LOOK_BACK, release_rate, release_window, weeks_observed};
use logic::{Instant, Minutes};
use std::collections::HashMap;
use tokio::sync::RwLock;

/// How long the rates are good for, in milliseconds of service time.
const KEPT_MS: i64 = 60 * 60 * 1000;

/// The rates of every slot, as they were worked out last.
#[derive(Debug, Default)]
pub struct Rates {
    kept: RwLock<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    since: Instant,
    of: HashMap<ScheduleId, f64>,
    /// Of a slot that has had no class yet.
    elsewhere: f64,
}

impl Kept {
    fn rate(&self, schedule: ScheduleId, now: Instant) -> Option<f64> {
        let good = now.millis_since(self.since) < KEPT_MS;
        good.then(|| self.of.get(&schedule).copied().unwrap_or(self.elsewhere))
    }
}

impl Rates {
    /// Seats that the slot releases per hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(&self, app: &App, schedule: ScheduleId, now: Instant) -> Result<f64, AppError> {
        if let Some(rate) = self.kept.read().await.as_ref().and_then(|kept| kept.rate(schedule, now)) {
            return Ok(rate);
        }
        // One works them out; whoever waited for that finds them here.
        let mut kept = self.kept.write().await;
        if let Some(rate) = kept.as_ref().and_then(|kept| kept.rate(schedule, now)) {
            return Ok(rate);
        }
        let fresh = measure(app, now).await?;
        let rate = fresh.of.get(&schedule).copied().unwrap_or(fresh.elsewhere);
        *kept = Some(fresh);
        Ok(rate)
    }
}

async fn measure(app: &App, now: Instant) -> Result<Kept, AppError> {
    // By date, because that is an index: a look for each slot, and not at every class that ever was.
    let firsts: Vec<(i64, DateTime<Utc>)> = sqlx::query_as(
        "SELECT f.course_schedule_id, s.starts_at FROM (SELECT course_schedule_id, MIN(booking_date) AS booking_date \
         FROM class_session GROUP BY course_schedule_id) f JOIN class_session s \
         ON s.course_schedule_id = f.course_schedule_id AND s.booking_date = f.booking_date",
    )
    .fetch_all(&app.pool)
    .await?;
    let released = released(app, now).await?;
    let slots: Vec<(ScheduleId, u32, f64)> = firsts
        .into_iter()
        .map(|(slot, first)| {
            let seats = released.get(&slot).copied().unwrap_or(0);
            (ScheduleId(slot), seats, weeks_observed(first.into(), now, &app.policy))
        })
        .collect();
    let seats: f64 = slots.iter().map(|(_, seats, _)| f64::from(*seats)).sum();
    let weeks: f64 = slots.iter().map(|(_, _, weeks)| weeks).sum();
    let average = if weeks > 0.0 { seats / weeks } else { 0.0 };
    let of =
        slots.iter().map(|(slot, seats, weeks)| (*slot, release_rate(*seats, *weeks, average))).collect();
    Ok(Kept { since: now, of, elsewhere: release_rate(0, 0.0, average) })
}

/// Seats that each slot released in the time that is looked back on.
async fn released(app: &App, now: Instant) -> Result<HashMap<i64, u32>, AppError> {
    let counted = release_window(&app.policy);
    let until = DateTime::<Utc>::from(now);
    let since = DateTime::<Utc>::from(now.minus(LOOK_BACK));
    let span = |minutes: Minutes| TimeDelta::milliseconds(minutes.millis());
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT s.course_schedule_id, COUNT(*) FROM class_session s JOIN booking b ON b.session_id = s.id \
         WHERE s.starts_at BETWEEN ? AND ? AND b.status IN ('cancelled', 'leave') \
         AND b.cancelled_at >= ? AND b.cancelled_at < ? \
         AND b.cancelled_at > s.starts_at - INTERVAL ? MINUTE AND b.cancelled_at <= s.starts_at - INTERVAL ? MINUTE \
         GROUP BY s.course_schedule_id",
    )
    // Of the classes that can have any, so that the rest are not looked at.
    .bind(since + span(counted.at_least))
    .bind(until + span(counted.less_than))
    .bind(since)
    .bind(until)
    .bind(counted.less_than.0)
    .bind(counted.at_least.0)
    .fetch_all(&app.pool)
    .await?;
    Ok(rows.into_iter().map(|(slot, seats)| (slot, u32::try_from(seats).unwrap_or(u32::MAX))).collect())
}
