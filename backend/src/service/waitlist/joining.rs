//! A member's join, folded: those who wait for the same class join in one transaction, each decided on its own,
//! after those that came before.

use super::view::{JoinedRow, Row};
use crate::App;
use crate::coalesce::Coalescer;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use crate::service::access;
use crate::service::queue::{Asked, Decided, Locked, lock_profiles, queued_of_profiles};
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, ProfileId, ScheduleId};
use logic::session::{Command, JoinerFacts};
use std::collections::{HashMap, HashSet};

/// Joins in one transaction.
const MOST: usize = 128;

/// The joins that wait, by class.
pub type Joins = Coalescer<Class, Joiner, Option<Result<Row, AppError>>>;

/// A class as callers name it.
pub type Class = (ScheduleId, NaiveDate);

/// Who joins, for whom, and when it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Joiner {
    account: AccountId,
    profile: ProfileId,
    now: Instant,
}

/// No joins wait yet. One leader to a class: its row's lock admits no more, and joins keep their order.
pub fn joins() -> Joins {
    Coalescer::new(MOST, 1)
}

/// The entry that the join made. `None`: it was not worked for, and has to be asked for by itself: the class has no
/// row yet, another join of the same profile was in the batch, or the batch failed for somebody's sake.
///
/// # Errors
/// The refusals of RULES §2; `not_found` for a profile that is not there or not the caller's.
pub(super) async fn join(
    app: &App,
    account: AccountId,
    profile: ProfileId,
    class: Class,
    now: Instant,
) -> Result<Option<Row>, AppError> {
    let app_ = app.clone();
    let work = move |class, asks: Vec<Joiner>| {
        let app = app_.clone();
        async move { batch(&app, class, &asks).await }
    };
    app.joins.ask(class, Joiner { account, profile, now }, work).await?.transpose()
}

/// One transaction; the answers in the order of `asks`.
async fn batch(app: &App, class: Class, asks: &[Joiner]) -> Vec<Option<Result<Row, AppError>>> {
    let mut seen = HashSet::new();
    let first: Vec<Joiner> = asks.iter().filter(|ask| seen.insert(ask.profile)).copied().collect();
    metrics::histogram!("gym_join_batch").record(u32::try_from(first.len()).unwrap_or(u32::MAX));
    let all = &first;
    let done = run_tx(&app.pool, "waitlist_join", |conn, _| {
        Box::pin(async move { together(conn, app, class, all).await })
    })
    .await;
    let mut answers: HashMap<ProfileId, Result<Row, AppError>> = match done {
        Ok(answers) => answers,
        // The database is away: no join is to blame, and all of them one by one would fare no better.
        Err(error) if error.is_away() => {
            let away = || AppError::Unavailable("the database does not answer".to_owned());
            first.iter().map(|ask| (ask.profile, Err(away()))).collect()
        }
        Err(error) => {
            tracing::warn!(%error, joins = first.len(), "a batch of joins failed: each is tried by itself");
            HashMap::new()
        }
    };
    asks.iter().map(|ask| answers.remove(&ask.profile)).collect()
}

async fn together(
    conn: &mut Conn,
    app: &App,
    (schedule, date): Class,
    asks: &[Joiner],
) -> Result<HashMap<ProfileId, Result<Row, AppError>>, AppError> {
    let mut answers = HashMap::with_capacity(asks.len());
    let Some(mut locked) = Locked::lock_class(conn, schedule, date, app).await? else { return Ok(answers) };
    let profiles: Vec<ProfileId> = asks.iter().map(|ask| ask.profile).collect();
    let (course_name, standing) = lock_profiles(conn, &locked.row, &profiles).await?;
    let mut queued = queued_of_profiles(conn, &mut locked, &profiles).await?;
    let mut mine = Vec::with_capacity(asks.len());
    let mut asked = Vec::with_capacity(asks.len());
    for ask in asks {
        let owned = standing.get(&ask.profile).filter(|profile| profile.account == ask.account);
        let Some(profile) = owned else {
            answers.insert(ask.profile, Err(access::no_profile(ask.profile)));
            continue;
        };
        let queued = queued.remove(&ask.profile).unwrap_or_default();
        let facts = JoinerFacts {
            profile: ask.profile,
            already_booked: profile.booked,
            active_waitlists: queued.active_elsewhere(ask.now),
            entry: queued.here.as_ref().map(|(_, facts)| facts.clone()),
            makeup: None,
        };
        let reopens = queued.here.as_ref().map(|(id, _)| *id);
        asked.push(Asked { command: Command::Join(facts), now: ask.now, reopens });
        mine.push((*ask, queued.here.and_then(|(_, facts)| facts.last_notified_at)));
    }
    let decided = locked.run_all(conn, &asked, app).await?;
    for ((ask, notified), decided) in mine.into_iter().zip(decided) {
        let answer = joined(&locked, &ask, notified, &course_name, decided);
        answers.insert(ask.profile, answer);
    }
    Ok(answers)
}

/// The entry as its owner sees it, from what was just written.
fn joined(
    locked: &Locked,
    ask: &Joiner,
    last_notified_at: Option<Instant>,
    course_name: &str,
    decided: Decided,
) -> Result<Row, AppError> {
    decided.outcome.answer?;
    let (Some(id), Some(ticket)) = (decided.outcome.made.entry, decided.ticket) else {
        return Err(AppError::Internal(anyhow::anyhow!("a join made no entry")));
    };
    let joined = JoinedRow {
        id,
        ticket,
        profile: ask.profile,
        account: ask.account,
        now: ask.now,
        last_notified_at,
        waiting: decided.waiting,
    };
    Ok(joined.row(&locked.row, course_name, &decided.outcome.events))
}
