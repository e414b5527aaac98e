//! What every request is given.

use std::ops::Deref;
use std::sync::Arc;

use sqlx::mysql::MySqlPool;

use crate::auth::{AuthCache, Keys};
use crate::build;
use crate::clock::Clock;
use crate::config::Settings;
use crate::limits::Limits;
use crate::service::policies::Policies;
use crate::service::sweep_runner::Stop;
use crate::service::waitlist::Waitlist;
use crate::service::{Context, rights};
use crate::unit::{self, Running, Timers};
use crate::wechat::{Login, Messenger};

/// The service's state: cheap to clone, shared by all. It dereferences to its [`Context`], so that an endpoint hands
/// `&app` to a verb.
#[derive(Clone)]
pub struct App {
    /// What verbs use.
    pub context: Context,
    /// The waitlist's verbs, with what they keep between requests.
    pub waitlist: Waitlist,
    /// The keys that tokens are signed and verified with.
    pub keys: Arc<Keys>,
    /// The callers that were verified lately.
    pub auth_cache: Arc<AuthCache>,
    /// How a login code becomes an openid.
    pub login: Arc<Login>,
    /// The idempotency keys that requests use now.
    pub keys_under_way: Arc<unit::Keys>,
    /// The writes that run.
    pub running: Arc<Running>,
    /// How long requests may take.
    pub timers: Timers,
    /// How often callers may write and log in.
    pub limits: Arc<Limits>,
    /// Which build answers: it is part of every entity tag.
    pub build: &'static str,
}

impl Deref for App {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl App {
    /// The state over `context`.
    pub fn new(context: Context, keys: Keys, login: Login, limits: Limits) -> Self {
        Self {
            waitlist: Waitlist::new(context.clone()),
            context,
            keys: Arc::new(keys),
            auth_cache: Arc::default(),
            login: Arc::new(login),
            keys_under_way: Arc::default(),
            running: Arc::default(),
            timers: Timers::default(),
            limits: Arc::new(limits),
            build: build::ID,
        }
    }

    /// The state that `settings` ask for, over an open database and a clock. Makes the signing key and version 1 of the policy
    /// where there is none, and fixes the ends of rights to makeups that an earlier program left open.
    ///
    /// # Errors
    /// The policy, the key or the WeChat settings are wrong.
    pub async fn build(
        settings: &Settings,
        pool: MySqlPool,
        clock: Clock,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let login = settings.load_login(clock.as_dev().is_some())?;
        let messenger = Messenger::new(&login, settings.load_outgoing()?);
        let policies = Policies::at_start(&pool, &settings.load_policy()?, clock.now()).await?;
        let context = Context::new(pool, clock, policies, settings.time_zone, messenger);
        rights::fix_open(&context, &Stop::never()).await?;
        Ok(Self::new(context, settings.load_keys()?, login, limits))
    }
}
