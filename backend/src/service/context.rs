//! What a verb of the service uses.

use crate::clock::Clock;
use crate::sweeps::Ages;
use crate::wechat::Messenger;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use logic::{Instant, Minutes, Policy};
use sqlx::mysql::MySqlPool;
use std::sync::Arc;

use super::timetable;

/// The database, the time, the rules in force, and how members are told. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database, for requests.
    pub pool: MySqlPool,
    /// The connections that all sweeps share: the rest is left to requests.
    pub sweep_pool: MySqlPool,
    /// When each sweep last finished.
    pub sweep_ages: Arc<Ages>,
    /// The service's time: read once per request or sweep step.
    pub clock: Clock,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The gym's zone.
    pub zone: Tz,
    /// How messages go out.
    pub messenger: Arc<Messenger>,
}

impl Context {
    /// `at` as the gym's clocks show it, for messages.
    pub fn local(&self, at: Instant) -> DateTime<Tz> {
        DateTime::<Utc>::from(at).with_timezone(&self.zone)
    }

    /// The same over the connections of the sweeps, for work that nobody waits for.
    #[must_use]
    pub fn for_sweeps(&self) -> Self {
        Self { pool: self.sweep_pool.clone(), ..self.clone() }
    }

    /// The gym's offset from UTC at `at`: the rules know no time zones, only this.
    pub fn utc_offset(&self, at: Instant) -> Minutes {
        timetable::utc_offset(self.zone, at)
    }
}
