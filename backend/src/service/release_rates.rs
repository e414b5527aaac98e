//! How often the seats of each weekly slot come free: what `logic::release_rate` needs to know about the last weeks,
//! read from the tables and kept for an hour.

use super::Context;
use crate::error::AppError;
use crate::store;
use logic::Instant;
use logic::ids::ScheduleId;
use logic::release_rate::{LOOK_BACK, is_known, release_rate, release_window, weeks_observed};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::RwLock;

/// How long the rates are kept, in milliseconds of service time.
const RATES_TTL_MS: i64 = 60 * 60 * 1000;

/// How often a slot's seats come free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReleaseRate {
    /// Seats an hour.
    pub per_hour: f64,
    /// Whether it rests on more than the prior (R6.7).
    pub known: bool,
}

/// The rates of every slot, as they were computed last.
#[derive(Debug, Default)]
pub struct ReleaseRates {
    computed: RwLock<Option<Arc<Rates>>>,
}

/// How often the seats of slots come free.
#[derive(Debug)]
pub struct Rates {
    at: Instant,
    by_slot: HashMap<ScheduleId, ReleaseRate>,
    /// Of a slot that has had no class yet.
    default: ReleaseRate,
}

impl Rates {
    /// The rate of a slot.
    pub fn of(&self, schedule: ScheduleId) -> ReleaseRate {
        self.by_slot.get(&schedule).copied().unwrap_or(self.default)
    }
}

impl ReleaseRates {
    /// The rates now. They are read from the database at times, so not inside a transaction.
    pub async fn current(&self, context: &Context, now: Instant) -> Result<Arc<Rates>, AppError> {
        let fresh = |rates: &&Arc<Rates>| now.millis_since(rates.at) < RATES_TTL_MS;
        if let Some(rates) = self.computed.read().await.as_ref().filter(fresh) {
            return Ok(rates.clone());
        }
        // One caller computes them; those who waited for the lock meanwhile find them here.
        let mut computed = self.computed.write().await;
        if let Some(rates) = computed.as_ref().filter(fresh) {
            return Ok(rates.clone());
        }
        Ok(computed.insert(Arc::new(compute(context, now).await?)).clone())
    }
}

async fn compute(context: &Context, now: Instant) -> Result<Rates, AppError> {
    let first_starts = store::class_session_first_starts(&context.pool).await?;
    let policy = context.policies.current(&context.pool, now).await?;
    let window = release_window(&policy);
    let since = now.minus(LOOK_BACK);
    // Only classes that can have a release in that time are read.
    let starts = (since.plus(window.at_least), now.plus(window.less_than));
    let lead = (window.at_least, window.less_than);
    let released = store::booking_count_released(&context.pool, starts, (since, now), lead).await?;
    let slots: Vec<(ScheduleId, u32, f64)> = first_starts
        .into_iter()
        .map(|(slot, first)| {
            (slot, released.get(&slot).copied().unwrap_or(0), weeks_observed(first, now, &policy))
        })
        .collect();
    let seats: f64 = slots.iter().map(|(_, seats, _)| f64::from(*seats)).sum();
    let weeks: f64 = slots.iter().map(|(_, _, weeks)| weeks).sum();
    let average = if weeks > 0.0 { seats / weeks } else { 0.0 };
    let rate =
        |seats, weeks| ReleaseRate { per_hour: release_rate(seats, weeks, average), known: is_known(weeks) };
    let by_slot = slots.iter().map(|(slot, seats, weeks)| (*slot, rate(*seats, *weeks))).collect();
    Ok(Rates { at: now, by_slot, default: rate(0, 0.0) })
}
