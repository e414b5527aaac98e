//! What every request and sweep is given.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use logic::{Instant, Policy};
use sqlx::mysql::MySqlPool;

use crate::auth::{Keys, Known};
use crate::clock::Clock;
use crate::config::Settings;
use crate::limits::Limits;
use crate::service::release_rates::Rates;
use crate::service::waitlist::{self, Joins, Reads};
use crate::wechat::{Login, Messenger};

/// The service's state: cheap to clone, shared by all.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub pool: MySqlPool,
    /// The service's time: read once per request or sweep step.
    pub clock: Clock,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// The gym's zone.
    pub zone: Tz,
    /// What tokens are signed with.
    pub keys: Arc<Keys>,
    /// The callers that were worked out lately.
    pub known: Arc<Known>,
    /// How often the timetable's slots release seats.
    pub rates: Arc<Rates>,
    /// Who a login code is.
    pub login: Arc<Login>,
    /// How messages go out.
    pub messenger: Arc<Messenger>,
    /// How often callers may write and log in.
    pub limits: Arc<Limits>,
    /// Joins that wait to be folded.
    pub joins: Arc<Joins>,
    /// Reads of entries that wait to be folded.
    pub reads: Arc<Reads>,
}

impl App {
    /// `at` as the gym's clocks show it, for messages.
    pub fn local(&self, at: Instant) -> DateTime<Tz> {
        DateTime::<Utc>::from(at).with_timezone(&self.zone)
    }

    /// The state that `settings` ask for, over an open database and a clock. Makes the signing key when it is
    /// missing. No limits hold until they are set.
    ///
    /// # Errors
    /// The policy, the key or the WeChat settings are wrong.
    pub fn build(settings: &Settings, pool: MySqlPool, clock: Clock) -> anyhow::Result<Self> {
        let login = Login::new(settings, clock.as_dev().is_some())?;
        Ok(Self {
            pool,
            policy: Arc::new(settings.load_policy()?),
            zone: settings.time_zone,
            keys: Arc::new(settings.load_keys()?),
            known: Arc::default(),
            rates: Arc::default(),
            messenger: Arc::new(Messenger::new(&login, settings.load_outgoing()?)),
            login: Arc::new(login),
            limits: Arc::default(),
            joins: Arc::new(waitlist::joins()),
            reads: Arc::new(waitlist::reads()),
            clock,
        })
    }
}
