//! The host of the service: this process with a new database, or a given address.
//!
//! With `GYM_TEST_BASE_URL` and `GYM_TEST_DATABASE_URL`, the database behind it, every story runs there, for example
//! through the edge: one story at a time, each with its own weeks and ids. The service there must run with `--dev-clock`
//! and without `--sweeps`.

use backend::db;
use backend::fixtures::{self, File};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use logic::{Instant, Policy};
use serde_json::Value;
use sqlx::mysql::MySqlPool;
use test_support::TestApp;
use tokio::sync::{Mutex, MutexGuard};

/// Held by the one story that runs at a shared address.
static TURN: Mutex<()> = Mutex::const_new(());

/// A running service.
pub struct Host {
    base: String,
    sql: MySqlPool,
    monday: NaiveDate,
    first_id: i64,
    place: Place,
}

enum Place {
    Here(Box<TestApp>),
    There { _turn: MutexGuard<'static, ()> },
}

impl Host {
    /// Starts the service, or waits for its turn at the shared one.
    pub(crate) async fn open() -> Self {
        let Ok(base) = std::env::var("GYM_TEST_BASE_URL") else {
            let app = TestApp::start().await;
            let (base, sql) = (app.base.clone(), app.app.pool.clone());
            let monday = next_monday(app.app.clock.now());
            return Self { base, sql, monday, first_id: 0, place: Place::Here(Box::new(app)) };
        };
        let turn = TURN.lock().await;
        let url = std::env::var("GYM_TEST_DATABASE_URL")
            .expect("GYM_TEST_DATABASE_URL: the database behind GYM_TEST_BASE_URL");
        let sql = db::connect(&url).await.unwrap();
        let now = crate::Client::new(&base).time().await.unwrap().now;
        // One week later than necessary, so that the classes of earlier stories are over and swept.
        let monday = next_monday(Instant::clamped(now.millis() + 1)) + Days::new(7);
        let first_id = sqlx::query_scalar(
            "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM course UNION SELECT id FROM course_schedule \
             UNION SELECT id FROM account UNION SELECT id FROM profile UNION SELECT id FROM booking) ids \
             WHERE id < 1000000",
        );
        let first_id = first_id.fetch_one(&sql).await.unwrap();
        Self { base, sql, monday, first_id, place: Place::There { _turn: turn } }
    }

    /// Returns the address of the service.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns the database behind the service.
    pub(crate) fn sql(&self) -> &MySqlPool {
        &self.sql
    }

    /// Returns the first day of the story.
    pub(crate) fn monday(&self) -> NaiveDate {
        self.monday
    }

    /// Returns the id above which the story's ids lie.
    pub(crate) fn first_id(&self) -> i64 {
        self.first_id
    }

    /// Returns the first instant of the story: 08:00 in Shanghai.
    pub(crate) fn morning(&self) -> Instant {
        self.monday.and_time(NaiveTime::MIN).and_utc().into()
    }

    /// Loads fixtures as `gym fixtures load` does.
    ///
    /// # Panics
    /// If the fixtures are refused.
    pub(crate) async fn load(&self, plan: &Value) {
        match &self.place {
            Place::Here(app) => app.load(plan).await.unwrap(),
            Place::There { .. } => {
                let file = File::read(plan.to_string().as_bytes()).unwrap();
                let policies = test_support::policies(&self.sql, &Policy::default()).await;
                fixtures::load(&self.sql, chrono_tz::Asia::Shanghai, &policies, &file).await.unwrap();
            }
        }
    }

    /// Ends the story.
    pub(crate) async fn close(self) {
        self.sql.close().await;
    }
}

/// Returns the first Monday, at midnight UTC, that is not before `now`.
fn next_monday(now: Instant) -> NaiveDate {
    let now = DateTime::<Utc>::from(now);
    let midnight = now.time() == NaiveTime::MIN;
    let from = if midnight { now.date_naive() } else { now.date_naive() + Days::new(1) };
    from + Days::new(u64::from((7 - from.weekday().num_days_from_monday()) % 7))
}
