//! The SQL statements of one read and of one join, without HTTP and without rules: the speed of the database and the
//! driver on this machine.

use std::sync::Arc;
use std::time::Duration;

use backend::store;
use contract::shapes::{MAX_DESK_HISTORY, MAX_DESK_QUEUE};
use logic::ids::{ProfileId, ScheduleId, SessionId};
use logic::policy::CAPACITY_MAX;
use logic::status::EntryStatus;
use rand::RngExt;
use sqlx::{Connection, Executor, MySqlConnection};
use tokio::time::Instant;

use crate::load::{Numbers, Seen};
use crate::scenario::Desk;
use crate::seed::{CLASSES, STORMED, Town};

/// The classes that the joins name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    Wide,
    One,
}

const READ: &str = "SELECT w.id, w.profile_id, (SELECT GROUP_CONCAT(own.account_id) FROM guardian own \
    WHERE own.profile_id = w.profile_id) AS guardians, w.course_schedule_id, w.booking_date, c.name AS course_name, \
    s.starts_at, w.status, w.join_time, w.last_notified_at, w.confirmed_at, w.response_deadline, w.makeup_for, \
    w.session_id, s.waiting AS waiting_total, s.due_at, \
    CASE WHEN w.status = 'waiting' THEN (SELECT COUNT(*) FROM waitlist b WHERE b.session_id = w.session_id \
    AND b.status = 'waiting' AND b.`position` < w.`position`) ELSE 0 END AS ahead \
    FROM waitlist w JOIN class_session s ON s.id = w.session_id \
    JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id WHERE w.id = ?";

const LOCK_SESSION: &str = "SELECT starts_at, capacity, queue_capacity, booked, held, waiting, next_ticket, status \
    FROM class_session WHERE id = ? FOR UPDATE";
const LOCK_PROFILE: &str = "SELECT p.id, (SELECT GROUP_CONCAT(own.account_id) FROM guardian own \
    WHERE own.profile_id = p.id) FROM profile p WHERE p.id = ? FOR UPDATE";
const BOOKED: &str = "SELECT id FROM booking WHERE session_id = ? AND live_profile_id = ?";
const QUEUED: &str = "SELECT session_id, status, `position`, expires_at, response_deadline FROM waitlist \
    WHERE profile_id = ?";
const INSERT: &str = "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, \
    status, join_time, expires_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)";
const COUNT: &str = "UPDATE class_session SET waiting = waiting + 1, next_ticket = next_ticket + 1, due_at = ? \
    WHERE id = ? AND next_ticket = ?";

/// Measures reads over this many connections, on several threads as in the service.
pub(crate) fn reads(
    database: &str,
    connections: usize,
    span: Duration,
    town: &Arc<Town>,
) -> anyhow::Result<Numbers> {
    run(database, connections, span, town, |mut conn, until, town| {
        Box::pin(async move {
            let mut seen = Seen::default();
            while Instant::now() < until {
                let entry = town.entries[rand::rng().random_range(0..town.entries.len())];
                let sent = Instant::now();
                sqlx::query(READ).bind(entry.id).fetch_one(&mut conn).await?;
                seen.good(sent.elapsed());
            }
            Ok(seen)
        })
    })
}

/// Measures the statements of the desk's reads, by the functions with which the service asks them.
pub(crate) fn desk(
    database: &str,
    connections: usize,
    span: Duration,
    town: &Arc<Town>,
    view: Desk,
) -> anyhow::Result<Numbers> {
    run(database, connections, span, town, move |mut conn, until, town| {
        Box::pin(async move {
            let mut seen = Seen::default();
            while Instant::now() < until {
                let class = rand::rng().random_range(1..=CLASSES);
                let sent = Instant::now();
                match view {
                    Desk::Day => desk_day(&mut conn, &town, class).await?,
                    Desk::Class => desk_class(&mut conn, &town, class).await?,
                }
                seen.good(sent.elapsed());
            }
            Ok(seen)
        })
    })
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

/// Measures joins over this many connections.
pub(crate) fn joins(
    database: &str,
    connections: usize,
    span: Duration,
    town: &Arc<Town>,
    spread: Spread,
) -> anyhow::Result<Numbers> {
    let numbers = run(database, connections, span, town, move |mut conn, until, town| {
        Box::pin(async move {
            conn.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
            // On a busy machine the last of many waits longer for one class than the server's default.
            conn.execute("SET SESSION innodb_lock_wait_timeout = 60").await?;
            let mut seen = Seen::default();
            while Instant::now() < until {
                let (profile, class) = match spread {
                    Spread::Wide => town.next_join(),
                    Spread::One => match town.next_stormer() {
                        Some(profile) => (profile, STORMED + 1),
                        None => break,
                    },
                };
                let sent = Instant::now();
                join(&mut conn, &town, profile, class).await?;
                seen.good(sent.elapsed());
            }
            Ok(seen)
        })
    });
    town.storm_again();
    numbers
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

type Work = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<Seen>> + Send>>;

fn run(
    database: &str,
    connections: usize,
    span: Duration,
    town: &Arc<Town>,
    work: impl Fn(MySqlConnection, Instant, Arc<Town>) -> Work + Sync,
) -> anyhow::Result<Numbers> {
    // The measurement has its own threads; the caller's runtime waits meanwhile.
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
                    let mut open = Vec::with_capacity(connections);
                    for _ in 0..connections {
                        open.push(MySqlConnection::connect(database).await?);
                    }
                    let began = Instant::now();
                    let tasks: Vec<_> = open
                        .into_iter()
                        .map(|conn| tokio::spawn(work(conn, began + span, town.clone())))
                        .collect();
                    let mut all = Vec::with_capacity(tasks.len());
                    for task in tasks {
                        all.push(task.await??);
                    }
                    anyhow::Ok(Numbers::of(all, began))
                })
            })
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the bare statements panicked")))
    })
}
