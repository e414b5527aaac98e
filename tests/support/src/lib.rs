//! For tests of every crate: the whole service over a real database of its own, in this process, on the dev clock.
//!
//! ```no_run
//! # async fn test() {
//! use test_support::TestApp;
//! let app = TestApp::start().await;
//! let answer = app.get("/api/v1/time", None).await;
//! assert_eq!(answer.status, 200);
//! # }
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod server;

pub use server::{OwnServer, empty_database, kinds, new_database, new_database_on, path_with_servers};

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use logic::ids::AccountId;
use logic::status::Role;
use logic::{Instant, Policy};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::mysql::MySqlPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use backend::auth::{Keys, token};
use backend::clock::Clock;
use backend::fixtures::{self, File};
use backend::limits::Limits;
use backend::server::{Connections, serve};
use backend::service::Context;
use backend::service::policies::Policies;
use backend::service::sweep_runner::Stop;
use backend::unit::Timers;
use backend::wechat::{Login, Messenger, messenger::Outgoing};
use backend::{App, db, http};
use private_database::Kind;

/// Where the clock of a [`TestApp`] stands first: a Monday, 08:00 in Shanghai.
pub const START: &str = "2030-03-04T00:00:00.000Z";

/// The service, running.
pub struct TestApp {
    /// Its state, to look behind the contract.
    pub app: App,
    /// `http://127.0.0.1:…`
    pub base: String,
    /// Its database, as `DATABASE_URL` takes it.
    pub database_url: String,
    client: reqwest::Client,
    dir: TempDir,
    serving: AbortHandle,
}

/// With the service go its connections to the database: a test that starts a hundred services would else use up the
/// server's.
impl Drop for TestApp {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, null if it was no JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// A problem's code; empty if it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The answer itself, if it has that status.
    ///
    /// # Panics
    /// It has another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// How long a request of a test waits for a connection: a test shares its machine with whatever else runs there, and no
/// test is about that wait.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same for all that a request waits for.
const TIMERS: Timers = Timers { transaction: PATIENCE, request: Duration::from_secs(125) };

/// Connections as the service has them, but for [`PATIENCE`].
async fn connect(database_url: &str) -> MySqlPool {
    let pool = db::connect(database_url).await.unwrap();
    pool.options().clone().acquire_timeout(PATIENCE).connect_lazy_with((*pool.connect_options()).clone())
}

/// The versions of the policy of a database, as a program finds them whose file it is.
pub async fn policies(pool: &MySqlPool, file: &Policy) -> Policies {
    Policies::at_start(pool, file, Instant::parse_rfc3339(START).unwrap()).await.unwrap()
}

impl TestApp {
    /// With the default policy and dev logins.
    pub async fn start() -> Self {
        Self::with(Policy::default(), Login::Dev).await
    }

    /// With a policy and a way to log in.
    pub async fn with(policy: Policy, login: Login) -> Self {
        Self::sending(policy, login, Outgoing::default()).await
    }

    /// With a policy, a way to log in, and a way for messages.
    pub async fn sending(policy: Policy, login: Login, outgoing: Outgoing) -> Self {
        backend::telemetry::start_metrics();
        let database_url = new_database().await;
        let pool = connect(&database_url).await;
        Self::over(database_url, pool, policy, login, outgoing, Limits::default(), TIMERS).await
    }

    /// On a server of that kind, with a way to log in and a way for messages.
    pub async fn on(kind: Kind, login: Login, outgoing: Outgoing) -> Self {
        backend::telemetry::start_metrics();
        let database_url = new_database_on(kind).await;
        let pool = connect(&database_url).await;
        Self::over(database_url, pool, Policy::default(), login, outgoing, Limits::default(), TIMERS).await
    }

    /// Over the database at that address, which has the program's schema.
    pub async fn at_database(database_url: &str) -> Self {
        backend::telemetry::start_metrics();
        let pool = connect(database_url).await;
        let (policy, outgoing) = (Policy::default(), Outgoing::default());
        let url = database_url.to_owned();
        Self::over(url, pool, policy, Login::Dev, outgoing, Limits::default(), TIMERS).await
    }

    /// With limits on how often callers may write and log in.
    pub async fn limited(limits: Limits) -> Self {
        let first = Self::start().await;
        let pool = connect(&first.database_url).await;
        let outgoing = Outgoing::default();
        Self::over(first.database_url.clone(), pool, Policy::default(), Login::Dev, outgoing, limits, TIMERS)
            .await
    }

    /// A second service over the database of this one: as after a restart, or beside it.
    pub async fn beside(&self) -> Self {
        self.beside_under(Policy::default()).await
    }

    /// The same with a file of the policy.
    pub async fn beside_under(&self, policy: Policy) -> Self {
        let (url, pool) = (self.database_url.clone(), connect(&self.database_url).await);
        Self::over(url, pool, policy, Login::Dev, Outgoing::default(), Limits::default(), TIMERS).await
    }

    /// A second service over the database of this one, with so many connections to it.
    pub async fn with_connections(&self, most: u32) -> Self {
        let pool = connect(&self.database_url).await;
        let options = pool.options().clone().max_connections(most);
        let pool = options.connect_lazy_with((*pool.connect_options()).clone());
        let (policy, outgoing) = (Policy::default(), Outgoing::default());
        let url = self.database_url.clone();
        Self::over(url, pool, policy, Login::Dev, outgoing, Limits::default(), TIMERS).await
    }

    /// With limits on how long requests may take.
    pub async fn timed(timers: Timers) -> Self {
        backend::telemetry::start_metrics();
        let database_url = new_database().await;
        let pool = connect(&database_url).await;
        let (policy, outgoing) = (Policy::default(), Outgoing::default());
        Self::over(database_url, pool, policy, Login::Dev, outgoing, Limits::default(), timers).await
    }

    /// A second service over the database of this one, which it reaches by another address.
    pub async fn behind(&self, database_url: String) -> Self {
        let pool = connect(&database_url).await;
        let (policy, outgoing) = (Policy::default(), Outgoing::default());
        Self::over(database_url, pool, policy, Login::Dev, outgoing, Limits::default(), TIMERS).await
    }

    /// Another build of the program over the same state.
    pub async fn of_build(&self, build: &'static str) -> Self {
        let app = App { build, ..self.app.clone() };
        Self::serving(app, self.database_url.clone(), tempfile::tempdir().unwrap()).await
    }

    async fn over(
        database_url: String,
        pool: MySqlPool,
        policy: Policy,
        login: Login,
        outgoing: Outgoing,
        limits: Limits,
        timers: Timers,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::dev(pool.clone()).await.unwrap();
        let start = Instant::parse_rfc3339(START).unwrap();
        if clock.now() < start {
            clock.as_dev().unwrap().set(start).await.unwrap();
        }
        let messenger = Messenger::new(&login, outgoing);
        let policies = policies(&pool, &policy).await;
        let context = Context::new(pool, clock, policies, chrono_tz::Asia::Shanghai, messenger);
        let keys = Keys::load_or_create(&dir.path().join("jwt.key"), None).unwrap();
        let mut app = App::new(context, keys, login, limits);
        app.timers = timers;
        Self::serving(app, database_url, dir).await
    }

    async fn serving(app: App, database_url: String, dir: TempDir) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = http::service(app.clone());
        let serving = tokio::spawn(serve(listener, service, Connections::default(), Stop::never()));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { app, base, database_url, client, dir, serving: serving.abort_handle() }
    }

    /// The signing key's file.
    pub fn key_file(&self) -> PathBuf {
        self.dir.path().join("jwt.key")
    }

    /// Loads fixtures, as `gym fixtures load` does; the error in words, if they are refused.
    pub async fn load(&self, fixtures: &Value) -> Result<(), String> {
        let file = File::read(fixtures.to_string().as_bytes()).map_err(|e| format!("{e:#}"))?;
        let loaded = fixtures::load(&self.app.pool, self.app.zone, &self.app.policies, &file).await;
        loaded.map(|_| ()).map_err(|e| format!("{e:#}"))
    }

    /// The number that a query selects.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.app.pool).await.unwrap()
    }

    /// A token, whether or not the account has that role.
    pub fn token(&self, account: i64, role: Role) -> String {
        token::issue(&self.app.keys, AccountId(account), role, 3600).unwrap().0
    }

    /// Moves the clock to an RFC 3339 instant.
    pub async fn at(&self, instant: &str) {
        self.put("/api/v1/dev/clock", None, json!({ "now": instant })).await.expect(200);
    }

    /// `GET`
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::GET, path, token)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::DELETE, path, token)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.send(self.request(Method::POST, path, token).json(&body)).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path, token).json(&body)).await
    }

    /// A request to be dressed further, and then given to [`Self::send`].
    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends it and reads all of the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }
}
