//! What a verb of the service uses.

use crate::clock::Clock;
use crate::db::tx::{Scope, Work};
use crate::db::{self, Conn, Terms, run_tx_on};
use crate::error::AppError;
use crate::lanes::{Lanes, Turn};
use crate::sweep_ages::Ages;
use crate::vitals::Vitals;
use crate::wechat::Messenger;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use logic::ids::SessionId;
use logic::{Instant, Minutes};
use sqlx::mysql::MySqlPool;
use std::sync::Arc;

use super::policies::Policies;
use super::timetable;

/// The database, the time, the rules in force, and how members are told. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database, for requests.
    pub pool: MySqlPool,
    /// The connections that all sweeps share: the rest is left to requests.
    pub sweep_pool: MySqlPool,
    /// Whether the database answers, and its clock agrees.
    pub vitals: Arc<Vitals>,
    /// When each sweep last finished.
    pub sweep_ages: Arc<Ages>,
    /// The transactions on each class session.
    pub classes: Arc<Lanes<SessionId>>,
    /// The service's time: read once per request or sweep step.
    pub clock: Clock,
    /// The versions of the policy.
    pub policies: Arc<Policies>,
    /// The gym's zone.
    pub zone: Tz,
    /// How messages go out.
    pub messenger: Arc<Messenger>,
    /// When its transactions must have ended; `None`: no request waits for them.
    pub until: Option<tokio::time::Instant>,
}

impl Context {
    /// What the verbs use, over the pool of the requests.
    pub fn new(pool: MySqlPool, clock: Clock, policies: Policies, zone: Tz, messenger: Messenger) -> Self {
        Self {
            sweep_pool: db::sweep_pool(&pool),
            vitals: Arc::default(),
            sweep_ages: Arc::default(),
            classes: Arc::new(Lanes::new(db::CLASS_CONNECTIONS)),
            pool,
            clock,
            policies: Arc::new(policies),
            zone,
            messenger: Arc::new(messenger),
            until: None,
        }
    }

    /// `at` as the gym's clocks show it, for messages.
    pub fn local(&self, at: Instant) -> DateTime<Tz> {
        DateTime::<Utc>::from(at).with_timezone(&self.zone)
    }

    /// The same over the connections of the sweeps, for work that nobody waits for.
    #[must_use]
    pub fn for_sweeps(&self) -> Self {
        Self { pool: self.sweep_pool.clone(), ..self.clone() }
    }

    /// [`run_tx_on`] on one class session. Transactions on a class wait for each other's lock; no more of them than
    /// [`CLASS_CONNECTIONS`](crate::db::CLASS_CONNECTIONS) do so with a connection, so that a class that is stuck
    /// leaves the others alone.
    ///
    /// # Errors
    /// Those of [`run_tx_on`]; `unavailable` where no turn comes for as long as a request waits for a connection.
    pub async fn run_on_class<'env, T, F>(
        &self,
        session: SessionId,
        name: &'static str,
        work: F,
    ) -> Result<T, AppError>
    where
        F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, T>,
    {
        let _turn = self.turn(session).await?;
        let terms = Terms { until: self.until, ..Terms::OF_SWEEPS };
        run_tx_on(&self.pool, name, terms, work).await
    }

    /// A turn on a class.
    pub(super) async fn turn(&self, session: SessionId) -> Result<Turn<'_, SessionId>, AppError> {
        let patience = self.pool.options().get_acquire_timeout();
        tokio::time::timeout(patience, self.classes.take(session))
            .await
            .map_err(|_| AppError::Unavailable("too many requests wait for this class"))
    }

    /// The gym's offset from UTC at `at`: the rules know no time zones, only this.
    pub fn utc_offset(&self, at: Instant) -> Minutes {
        timetable::utc_offset(self.zone, at)
    }
}
