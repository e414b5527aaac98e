//! The scenarios: the loads that are measured.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::shapes::{Booking, Responded};
use rand::RngExt;
use rand::rngs::SmallRng;
use sqlx::{Connection, MySqlConnection};
use tokio::time::Instant;

use crate::args::Args;
use crate::gym::Gym;
use crate::http::Connection as Http;
use crate::load::{Numbers, Seen};
use crate::seed::{CLASSES, FRONT, Owned, STORMED, STORMED_WITH_KEYS, Town};

/// How often the mixed day polls for open offers.
const LOOK: Duration = Duration::from_millis(200);

/// The classes that joins name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// 200 classes in turn.
    Spread,
    /// One class.
    Storm,
    /// One class, each join with an idempotency key.
    StormWithKeys,
}

/// What the desk reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// A day: ten classes.
    Day,
    /// A class: a hundred children, and eight who wait.
    Class,
}

/// A request to send.
struct Ask {
    method: &'static str,
    path: String,
    account: i64,
    body: String,
    /// Its idempotency key.
    key: Option<String>,
    expected: u16,
}

impl Ask {
    fn position(entry: Owned) -> Self {
        Self {
            method: "GET",
            path: format!("/api/v1/waitlist/position/{}", entry.id),
            account: entry.account,
            body: String::new(),
            key: None,
            expected: 200,
        }
    }

    /// A read of the desk: a class, or the day of that class.
    fn desk(town: &Town, view: Desk, class: i64) -> Self {
        let (date, _) = town.class(class);
        let path = match view {
            Desk::Day => format!("/api/v1/desk/day?date={date}"),
            Desk::Class => format!("/api/v1/desk/sessions/{class}/{date}"),
        };
        Self { method: "GET", path, account: FRONT, body: String::new(), key: None, expected: 200 }
    }

    fn join(town: &Town, profile: i64, class: i64) -> Self {
        Self {
            method: "POST",
            path: "/api/v1/waitlist/join".to_owned(),
            account: Town::account_of(profile),
            body: format!(
                r#"{{"profile_id":{profile},"course_schedule_id":{class},"booking_date":"{}"}}"#,
                town.class(class).0
            ),
            key: None,
            expected: 201,
        }
    }
}

/// Reads the positions of random entries.
pub(crate) async fn reads(gym: &Gym, args: &Args, town: &Arc<Town>) -> anyhow::Result<Numbers> {
    let town_ = town.clone();
    drive(gym, args, town, None, move |rng| Some(Ask::position(pick(&town_.entries, rng))), |_, _| {}).await
}

/// Reads what the desk shows of random classes.
pub(crate) async fn desk(gym: &Gym, args: &Args, town: &Arc<Town>, view: Desk) -> anyhow::Result<Numbers> {
    let town_ = town.clone();
    let next = move |rng: &mut SmallRng| Some(Ask::desk(&town_, view, rng.random_range(1..=CLASSES)));
    drive(gym, args, town, None, next, |_, _| {}).await
}

/// Reads every class once, so that the service computes what it caches for an hour.
pub(crate) async fn warm(gym: &Gym, town: &Town) -> anyhow::Result<()> {
    let mut connection = Http::open(&gym.address).await?;
    for entry in &town.entries {
        let ask = Ask::position(*entry);
        connection.send(ask.method, &ask.path, Some(town.token(ask.account)), None, "").await?;
    }
    Ok(())
}

/// Joins, each by a profile that is not in the class yet.
pub(crate) async fn joins(gym: &Gym, args: &Args, town: &Arc<Town>, crowd: Crowd) -> anyhow::Result<Numbers> {
    let town_ = town.clone();
    let next = move |_: &mut SmallRng| {
        let (profile, class) = match crowd {
            Crowd::Spread => town_.next_join(),
            Crowd::Storm => (town_.next_stormer()?, STORMED),
            Crowd::StormWithKeys => (town_.next_stormer()?, STORMED_WITH_KEYS),
        };
        let key = (crowd == Crowd::StormWithKeys).then(|| format!("storm-{profile}"));
        Some(Ask { key, ..Ask::join(&town_, profile, class) })
    };
    drive(gym, args, town, None, next, |_, _| {}).await
}

/// 70 % reads, 15 % joins, 5 % cancelled bookings, which free seats, and 10 % answers to the offers that follow,
/// half of them yes. At `rate` requests a second, or as fast as it goes.
pub(crate) async fn mixed(
    gym: &Gym,
    args: &Args,
    town: &Arc<Town>,
    rate: Option<f64>,
) -> anyhow::Result<Numbers> {
    let offers = Arc::new(Mutex::new(Vec::new()));
    let looking = tokio::spawn(look_for_offers(gym.database_url()?, offers.clone()));
    let (town_, offers_) = (town.clone(), offers.clone());
    let next = move |rng: &mut SmallRng| {
        let ask = match rng.random_range(0..100) {
            0..70 => None,
            70..85 => {
                let (profile, class) = town_.next_join();
                Some(Ask::join(&town_, profile, class))
            }
            85..90 => take(&town_.bookings, rng).map(|booking| Ask {
                method: "DELETE",
                path: format!("/api/v1/bookings/{}", booking.id),
                account: booking.account,
                body: String::new(),
                key: None,
                expected: 200,
            }),
            _ => take(&offers_, rng).map(|entry| Ask {
                method: "PUT",
                path: format!("/api/v1/waitlist/{}/respond", entry.id),
                account: entry.account,
                body: if rng.random() {
                    r#"{"action":"confirm"}"#.to_owned()
                } else {
                    r#"{"action":"decline"}"#.to_owned()
                },
                key: None,
                expected: 200,
            }),
        };
        Some(ask.unwrap_or_else(|| Ask::position(pick(&town_.entries, rng))))
    };
    let town_ = town.clone();
    let learn = move |ask: &Ask, body: &[u8]| {
        if ask.method == "PUT"
            && let Ok(Responded { booking: Some(Booking { id, .. }), .. }) = serde_json::from_slice(body)
            && let Ok(mut bookings) = town_.bookings.lock()
        {
            bookings.push(Owned { id: id.0, account: ask.account });
        }
    };
    let numbers = drive(gym, args, town, rate, next, learn).await;
    looking.abort();
    numbers
}

/// Sends the requests of `next` over every connection for the duration of `args`; passes expected answers to `learn`.
async fn drive<N, L>(
    gym: &Gym,
    args: &Args,
    town: &Arc<Town>,
    rate: Option<f64>,
    next: N,
    learn: L,
) -> anyhow::Result<Numbers>
where
    N: Fn(&mut SmallRng) -> Option<Ask> + Send + Sync + 'static,
    L: Fn(&Ask, &[u8]) + Send + Sync + 'static,
{
    let mut connections = Vec::with_capacity(args.connections);
    for _ in 0..args.connections {
        connections.push(Http::open(&gym.address).await?);
    }
    let (next, learn) = (Arc::new(next), Arc::new(learn));
    let began = Instant::now();
    let until = began + args.span();
    #[allow(clippy::cast_precision_loss, reason = "a handful of connections")]
    let pace = rate.map(|rate| Duration::from_secs_f64(args.connections as f64 / rate));
    let mut tasks = Vec::with_capacity(connections.len());
    for (index, mut connection) in connections.into_iter().enumerate() {
        let (town, next, learn) = (town.clone(), next.clone(), learn.clone());
        let total = args.connections;
        tasks.push(tokio::spawn(async move {
            let mut rng: SmallRng = rand::make_rng();
            let mut seen = Seen::default();
            let mut turn = pace.map(|pace| began + pace.mul_f64(share(index, total)));
            loop {
                // With a rate, the latency counts from the scheduled time, so a slow answer delays the next request.
                if let Some(at) = turn {
                    tokio::time::sleep_until(at).await;
                }
                let sent = turn.unwrap_or_else(Instant::now);
                turn = turn.zip(pace).map(|(at, pace)| at + pace);
                if Instant::now() >= until {
                    return seen;
                }
                let Some(ask) = next(&mut rng) else { return seen };
                match connection
                    .send(ask.method, &ask.path, Some(town.token(ask.account)), ask.key.as_deref(), &ask.body)
                    .await
                {
                    Ok(answer) if answer.status == ask.expected => {
                        seen.good(sent.elapsed());
                        learn(&ask, answer.body);
                    }
                    Ok(answer) => {
                        seen.bad(format!("{} {}", answer.status, code_of(answer.body)));
                    }
                    Err(error) => {
                        seen.bad(format!("{error:#}"));
                        return seen;
                    }
                }
            }
        }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        all.push(task.await?);
    }
    Numbers::of(all, began).answered()
}

#[allow(clippy::cast_precision_loss, reason = "a handful of connections")]
fn share(index: usize, total: usize) -> f64 {
    index as f64 / total as f64
}

fn code_of(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

fn pick(from: &[Owned], rng: &mut SmallRng) -> Owned {
    from[rng.random_range(0..from.len())]
}

fn take(from: &Mutex<Vec<Owned>>, rng: &mut SmallRng) -> Option<Owned> {
    let mut from = from.lock().ok()?;
    if from.is_empty() {
        return None;
    }
    let index = rng.random_range(0..from.len());
    Some(from.swap_remove(index))
}

/// Finds each new offer once in the database, where members would get a message.
async fn look_for_offers(database: String, offers: Arc<Mutex<Vec<Owned>>>) -> anyhow::Result<()> {
    let mut conn = MySqlConnection::connect(&database).await?;
    let mut known = HashSet::new();
    loop {
        tokio::time::sleep(LOOK).await;
        let open: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT w.id, g.account_id FROM class_session s JOIN waitlist w ON w.session_id = s.id \
             AND w.status = 'notified' JOIN guardian g ON g.profile_id = w.profile_id WHERE s.held > 0",
        )
        .fetch_all(&mut conn)
        .await?;
        if let Ok(mut offers) = offers.lock() {
            offers.extend(
                open.into_iter()
                    .filter(|(id, _)| known.insert(*id))
                    .map(|(id, account)| Owned { id, account }),
            );
        }
    }
}
