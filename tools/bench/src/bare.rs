//! The SQL statements of requests, without HTTP and without rules: the speed of the database and the driver on this
//! machine.

mod lists;
mod mixed;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use backend::store;
use contract::shapes::{MAX_DESK_HISTORY, MAX_DESK_QUEUE};
use futures_util::future::BoxFuture;
use logic::ids::{ProfileId, ScheduleId, SessionId};
use logic::policy::CAPACITY_MAX;
use logic::status::EntryStatus;
use rand::RngExt;
use sqlx::{Connection, Executor, MySqlConnection};
use tokio::time::Instant;

use crate::lists::{Families, List};
use crate::load::{Numbers, Seen, Turns};
use crate::scenario::Desk;
use crate::seed::{CLASSES, STORMED, Town};

/// The classes that the joins name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    Wide,
    One,
}

const LOCK_SESSION: &str = "SELECT starts_at, capacity, queue_capacity, booked, held, waiting, next_ticket, status \
    FROM class_session WHERE id = ? FOR UPDATE";
const LOCK_PROFILE: &str = "SELECT account_id FROM profile WHERE id = ? FOR UPDATE";
const BOOKED: &str = "SELECT id FROM booking WHERE session_id = ? AND live_profile_id = ?";
const QUEUED: &str = "SELECT session_id, status, `position`, expires_at, response_deadline FROM waitlist \
    WHERE profile_id = ?";
const INSERT: &str = "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, \
    status, join_time, expires_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)";
const COUNT: &str = "UPDATE class_session SET waiting = waiting + 1, next_ticket = next_ticket + 1, due_at = ? \
    WHERE id = ? AND next_ticket = ?";

/// Where the bare statements are sent, and for how long.
pub(crate) struct Bare<'a> {
    pub(crate) database: &'a str,
    pub(crate) connections: usize,
    pub(crate) span: Duration,
    pub(crate) town: &'a Arc<Town>,
}

/// The statements of one request. Returns whether there are more requests.
type Request<'a> = BoxFuture<'a, anyhow::Result<bool>>;

impl Bare<'_> {
    /// Measures position reads.
    pub(crate) fn reads(&self) -> anyhow::Result<Numbers> {
        self.run(None, |conn, town| {
            Box::pin(async move {
                let entry = town.entries[rand::rng().random_range(0..town.entries.len())];
                mixed::position(conn, entry.id).await?;
                Ok(true)
            })
        })
    }

    /// Measures the statements of the desk's reads, by the functions with which the service asks them.
    pub(crate) fn desk(&self, view: Desk) -> anyhow::Result<Numbers> {
        self.run(None, move |conn, town| {
            Box::pin(async move {
                let class = rand::rng().random_range(1..=CLASSES);
                match view {
                    Desk::Day => desk_day(conn, town, class).await?,
                    Desk::Class => desk_class(conn, town, class).await?,
                }
                Ok(true)
            })
        })
    }

    /// Measures a list that members read.
    pub(crate) fn list(&self, list: List, families: &Arc<Families>) -> anyhow::Result<Numbers> {
        let families = families.clone();
        self.run(None, move |conn, town| {
            let families = families.clone();
            Box::pin(async move {
                lists::request(conn, town, &families, list).await?;
                Ok(true)
            })
        })
    }

    /// Measures joins.
    pub(crate) fn joins(&self, spread: Spread) -> anyhow::Result<Numbers> {
        let numbers = self.run(None, move |conn, town| {
            Box::pin(async move {
                let next = match spread {
                    Spread::Wide => Some(town.next_join()),
                    Spread::One => town.next_stormer().map(|profile| (profile, STORMED + 1)),
                };
                let Some((profile, class)) = next else { return Ok(false) };
                join(conn, town, profile, class).await?;
                Ok(true)
            })
        });
        self.town.storm_again();
        numbers
    }

    /// Measures the mixed day, at `rate` requests a second or as fast as it goes.
    pub(crate) fn mixed(&self, rate: Option<f64>) -> anyhow::Result<Numbers> {
        let offers = Arc::new(mixed::Offers::default());
        self.run(rate, move |conn, town| {
            let offers = offers.clone();
            Box::pin(async move {
                mixed::request(conn, town, &offers).await?;
                Ok(true)
            })
        })
    }

    /// Sends the requests of `work` over every connection, on several threads as in the service.
    fn run(
        &self,
        rate: Option<f64>,
        work: impl for<'r> Fn(&'r mut MySqlConnection, &'r Town) -> Request<'r> + Send + Sync + 'static,
    ) -> anyhow::Result<Numbers> {
        let work = Arc::new(work);
        let measure = async || {
            let mut open = Vec::with_capacity(self.connections);
            for _ in 0..self.connections {
                open.push(connect(self.database).await?);
            }
            let began = Instant::now();
            let turns = Turns::shared(began, self.span, rate, self.connections);
            let mut tasks = Vec::with_capacity(self.connections);
            for (mut conn, mut turns) in open.into_iter().zip(turns) {
                let (town, work) = (self.town.clone(), work.clone());
                tasks.push(tokio::spawn(async move {
                    let mut seen = Seen::default();
                    while let Some(sent) = turns.next().await {
                        if !work(&mut conn, &town).await? {
                            break;
                        }
                        seen.good(sent.elapsed());
                    }
                    anyhow::Ok(seen)
                }));
            }
            let mut all = Vec::with_capacity(tasks.len());
            for task in tasks {
                all.push(task.await??);
            }
            Ok(Numbers::of(all, began))
        };
        // The measurement has its own threads; the caller's runtime waits meanwhile.
        std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure())
                })
                .join()
                .unwrap_or_else(|_| Err(anyhow::anyhow!("the bare statements panicked")))
        })
    }
}

/// Opens a connection that is set up as the service's.
async fn connect(database: &str) -> anyhow::Result<MySqlConnection> {
    let mut conn = MySqlConnection::connect(database).await?;
    conn.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
    // On a busy machine the last of many waits longer for one class than the server's default.
    conn.execute("SET SESSION innodb_lock_wait_timeout = 60").await?;
    Ok(conn)
}

async fn desk_day(conn: &mut MySqlConnection, town: &Town, class: i64) -> anyhow::Result<()> {
    let (date, _) = town.class(class);
    store::course_schedule_list(&mut *conn, None, None).await?;
    store::class_session_list(&mut *conn, None, date, date).await?;
    store::booking_count_rosters(conn, date).await?;
    store::waitlist_count_offers(conn, date).await?;
    store::message_list_last(conn, date, None).await?;
    Ok(())
}

async fn desk_class(conn: &mut MySqlConnection, town: &Town, class: i64) -> anyhow::Result<()> {
    let (schedule, row, date) = (ScheduleId(class), SessionId(class), town.class(class).0);
    store::course_schedule_get(&mut *conn, schedule).await?;
    store::class_session_list(&mut *conn, Some(schedule), date, date).await?;
    let roster = store::booking_list_roster(conn, row).await?;
    let waiting = store::waitlist_list_queued(conn, row, EntryStatus::Waiting, MAX_DESK_QUEUE).await?;
    store::waitlist_list_queued(conn, row, EntryStatus::Notified, CAPACITY_MAX).await?;
    store::makeup_booking_list_in_class(conn, schedule, date).await?;
    let booked: Vec<ProfileId> = roster.iter().map(|row| row.profile_id).collect();
    let everybody: Vec<ProfileId> =
        booked.iter().copied().chain(waiting.iter().map(|row| row.profile_id)).collect();
    store::profile_list_details(conn, &everybody).await?;
    store::guardian_list_of(conn, &booked).await?;
    store::message_list_last(conn, date, Some(schedule)).await?;
    let subject = format!("session/{class}/{date}");
    store::audit_list_of_class(conn, (row, &subject), (schedule, date), MAX_DESK_HISTORY).await?;
    Ok(())
}

async fn join(conn: &mut MySqlConnection, town: &Town, profile: i64, class: i64) -> anyhow::Result<()> {
    debug_assert!(class <= CLASSES || class == STORMED + 1);
    let (date, start) = town.class(class);
    let mut tx = conn.begin().await?;
    let session: sqlx::mysql::MySqlRow = sqlx::query(LOCK_SESSION).bind(class).fetch_one(&mut *tx).await?;
    let ticket: i64 = sqlx::Row::try_get(&session, "next_ticket")?;
    sqlx::query(LOCK_PROFILE).bind(profile).fetch_one(&mut *tx).await?;
    sqlx::query(BOOKED).bind(class).bind(profile).fetch_optional(&mut *tx).await?;
    sqlx::query(QUEUED).bind(profile).fetch_all(&mut *tx).await?;
    sqlx::query(INSERT)
        .bind(profile)
        .bind(class)
        .bind(class)
        .bind(date)
        .bind(ticket)
        .bind(town.now)
        .bind(start)
        .execute(&mut *tx)
        .await?;
    sqlx::query(COUNT).bind(start).bind(class).bind(ticket).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
