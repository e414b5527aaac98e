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
use crate::http::{Connection as Http, NOT_MODIFIED, Request};
use crate::lists::{Families, List};
use crate::load::{Numbers, Seen, Turns};
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
#[derive(Clone)]
pub(crate) struct Ask {
    method: &'static str,
    path: String,
    account: i64,
    body: String,
    /// Its idempotency key.
    key: Option<String>,
    /// The entity tag of the answer that the caller holds.
    held: Option<String>,
    expected: u16,
}

impl Ask {
    fn request<'a>(&'a self, town: &'a Town) -> Request<'a> {
        Request {
            method: self.method,
            path: &self.path,
            token: Some(town.token(self.account)),
            key: self.key.as_deref(),
            held: self.held.as_deref(),
            body: &self.body,
        }
    }

    /// A request without a body.
    fn plain(method: &'static str, path: String, account: i64) -> Self {
        Self { method, path, account, body: String::new(), key: None, held: None, expected: 200 }
    }

    fn position(entry: Owned) -> Self {
        Self::plain("GET", format!("/api/v1/waitlist/position/{}", entry.id), entry.account)
    }

    fn of(town: &Town, turn: Turn) -> Self {
        match turn {
            Turn::Read(entry) => Self::position(entry),
            Turn::Join(profile, class) => Self::join(town, profile, class),
            Turn::Cancel(Owned { id, account }) => {
                Self::plain("DELETE", format!("/api/v1/bookings/{id}"), account)
            }
            Turn::Answer(Owned { id, account }, confirms) => {
                let action = if confirms { "confirm" } else { "decline" };
                let body = format!(r#"{{"action":"{action}"}}"#);
                Self { body, ..Self::plain("PUT", format!("/api/v1/waitlist/{id}/respond"), account) }
            }
        }
    }

    /// A read of the desk: a class, or the day of that class.
    fn desk(town: &Town, view: Desk, class: i64) -> Self {
        let (date, _) = town.class(class);
        let path = match view {
            Desk::Day => format!("/api/v1/desk/day?date={date}"),
            Desk::Class => format!("/api/v1/desk/sessions/{class}/{date}"),
        };
        Self::plain("GET", path, FRONT)
    }

    fn join(town: &Town, profile: i64, class: i64) -> Self {
        let date = town.class(class).0;
        let body =
            format!(r#"{{"profile_id":{profile},"course_schedule_id":{class},"booking_date":"{date}"}}"#);
        let path = "/api/v1/waitlist/join".to_owned();
        Self { body, expected: 201, ..Self::plain("POST", path, Town::account_of(profile)) }
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

/// Reads a list of random families.
pub(crate) async fn list(
    gym: &Gym,
    args: &Args,
    town: &Arc<Town>,
    families: &Arc<Families>,
    list: List,
) -> anyhow::Result<Numbers> {
    let families = families.clone();
    let next = move |rng: &mut SmallRng| {
        let family = pick(&families.all, rng);
        Some(Ask::plain("GET", families.path(list, family), family.account))
    };
    drive(gym, args, town, None, next, |_, _| {}).await
}

/// Reads a list of every family once; returns reads by callers who hold what they were answered.
pub(crate) async fn held(
    gym: &Gym,
    town: &Town,
    families: &Families,
    list: List,
) -> anyhow::Result<Vec<Ask>> {
    let mut connection = Http::open(&gym.address).await?;
    let mut asks = Vec::with_capacity(families.all.len());
    for family in &families.all {
        let ask = Ask::plain("GET", families.path(list, *family), family.account);
        let held = connection.send(&ask.request(town)).await?.etag;
        asks.push(Ask { held, expected: NOT_MODIFIED, ..ask });
    }
    Ok(asks)
}

/// Sends some of `asks`, over and over.
pub(crate) async fn unchanged(
    gym: &Gym,
    args: &Args,
    town: &Arc<Town>,
    asks: Vec<Ask>,
) -> anyhow::Result<Numbers> {
    drive(gym, args, town, None, move |rng| Some(pick(&asks, rng)), |_, _| {}).await
}

/// Reads every class once, so that the service computes what it caches for an hour.
pub(crate) async fn warm(gym: &Gym, town: &Town) -> anyhow::Result<()> {
    let mut connection = Http::open(&gym.address).await?;
    for entry in &town.entries {
        connection.send(&Ask::position(*entry).request(town)).await?;
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

/// One request of the mixed day.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    Read(Owned),
    /// Which profile, and which class.
    Join(i64, i64),
    Cancel(Owned),
    /// Which offer, and whether it is taken.
    Answer(Owned, bool),
}

impl Turn {
    /// 70 % reads, 15 % joins, 5 % cancelled bookings, which free seats, and 10 % answers to the offers that follow, half
    /// of them yes. Where there is no offer to answer, it is a read.
    pub(crate) fn next(town: &Town, offers: &Mutex<Vec<Owned>>, rng: &mut impl RngExt) -> Self {
        let turn = match rng.random_range(0..100) {
            0..70 => None,
            70..85 => {
                let (profile, class) = town.next_join();
                Some(Self::Join(profile, class))
            }
            85..90 => take(&town.bookings, rng).map(Self::Cancel),
            _ => take(offers, rng).map(|entry| Self::Answer(entry, rng.random())),
        };
        turn.unwrap_or_else(|| Self::Read(pick(&town.entries, rng)))
    }
}

/// The mixed day ([`Turn`]). At `rate` requests a second, or as fast as it goes.
pub(crate) async fn mixed(
    gym: &Gym,
    args: &Args,
    town: &Arc<Town>,
    rate: Option<f64>,
) -> anyhow::Result<Numbers> {
    let offers = Arc::new(Mutex::new(Vec::new()));
    let looking = tokio::spawn(look_for_offers(gym.database_url()?, offers.clone()));
    let town_ = town.clone();
    let next = move |rng: &mut SmallRng| Some(Ask::of(&town_, Turn::next(&town_, &offers, rng)));
    let town_ = town.clone();
    let learn = move |ask: &Ask, body: &[u8]| {
        if ask.method == "PUT"
            && let Ok(Responded { booking: Some(Booking { id, .. }), .. }) = serde_json::from_slice(body)
        {
            town_.booked(Owned { id: id.0, account: ask.account });
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
    let turns = Turns::shared(began, args.span(), rate, connections.len());
    let mut tasks = Vec::with_capacity(connections.len());
    for (mut connection, mut turns) in connections.into_iter().zip(turns) {
        let (town, next, learn) = (town.clone(), next.clone(), learn.clone());
        tasks.push(tokio::spawn(async move {
            let mut rng: SmallRng = rand::make_rng();
            let mut seen = Seen::default();
            while let Some(sent) = turns.next().await {
                let Some(ask) = next(&mut rng) else { break };
                match connection.send(&ask.request(&town)).await {
                    Ok(answer) if answer.status == ask.expected => {
                        seen.good(sent.elapsed());
                        learn(&ask, answer.body);
                    }
                    Ok(answer) => {
                        seen.bad(format!("{} {}", answer.status, code_of(answer.body)));
                    }
                    Err(error) => {
                        seen.bad(format!("{error:#}"));
                        break;
                    }
                }
            }
            seen
        }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        all.push(task.await?);
    }
    Numbers::of(all, began).answered()
}

fn code_of(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

fn pick<T: Clone>(from: &[T], rng: &mut impl RngExt) -> T {
    from[rng.random_range(0..from.len())].clone()
}

fn take(from: &Mutex<Vec<Owned>>, rng: &mut impl RngExt) -> Option<Owned> {
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
