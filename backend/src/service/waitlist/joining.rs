//! A member's join, batched: members who wait for the same class join in one transaction, each decided on its own, after
//! those that came before.

use super::read;
use super::state::{Class, JoinRequest, Waitlist};
use crate::db::{Terms, run_tx_on};
use crate::error::{AppError, catch_panic};
use crate::service::queue::{BatchCommand, BatchDecision, Locked, ProfileFacts, Want};
use crate::service::{Context, access};
use crate::store::{Conn, EntryView, Guardians, SessionLock, Unlocked};
use crate::unit::{self, Answer, Unit, Verdict};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use logic::session::{Actor, Command, Event};
use logic::status::EntryStatus;
use std::collections::{HashMap, HashSet};

/// The answer to a member's join. `None`: not handled in a batch (the class has no row yet, another join of the same
/// profile was in the batch, or the batch failed); retry alone.
pub(super) async fn join(
    waitlist: &Waitlist,
    class: Class,
    request: JoinRequest,
) -> Result<Option<Answer>, AppError> {
    let (context, unit) = (waitlist.context.clone(), request.unit.clone());
    let work = move |class, joins: Vec<JoinRequest>| {
        let context = context.clone();
        async move { batch(&context, class, &joins).await }
    };
    let answer = waitlist.joins.ask(class, request, work).await?.transpose()?;
    if let Some(answer) = &answer {
        unit.tell(answer);
    }
    Ok(answer)
}

type Answers = HashMap<ProfileId, Result<Answer, AppError>>;

/// One transaction; the answers in the order of `joins`.
async fn batch(
    context: &Context,
    class: Class,
    joins: &[JoinRequest],
) -> Vec<Option<Result<Answer, AppError>>> {
    if joins.iter().any(|join| join.unit.is_stopping()) {
        return joins.iter().map(|_| Some(Err(AppError::Unavailable(unit::STOPS)))).collect();
    }
    let mut seen = HashSet::new();
    let begins = |join: &&JoinRequest| {
        seen.insert(join.profile) && join.unit.is_worth_beginning() && join.unit.begin().is_ok()
    };
    let first: Vec<&JoinRequest> = joins.iter().filter(begins).collect();
    metrics::histogram!("gym_join_batch").record(u32::try_from(first.len()).unwrap_or(u32::MAX));
    let all = &first;
    let until = first.iter().map(|join| join.unit.until()).min();
    let work = run_tx_on(&context.pool, "waitlist_join", Terms::of_request(until), |conn, tx| {
        Box::pin(async move { join_all(context, conn, tx.locks(), class, all).await })
    });
    let mut answers: Answers = match catch_panic(work).await {
        Ok(answers) => answers,
        Err(AppError::OutcomeUnknown { why, .. }) => {
            let mut answers = HashMap::with_capacity(first.len());
            for join in first {
                if let Some(answer) = join.unit.resolve(&context.pool, &why).await.transpose() {
                    answers.insert(join.profile, answer);
                }
            }
            answers
        }
        // The database is away: no join is to blame, and one by one they would fare no better.
        Err(error) if error.is_away() => {
            let away = || AppError::Unavailable("the database does not answer");
            first.iter().map(|join| (join.profile, Err(away()))).collect()
        }
        Err(error) => {
            tracing::warn!(%error, joins = first.len(), "a batch of joins failed: each is tried alone");
            HashMap::new()
        }
    };
    joins.iter().map(|join| answers.remove(&join.profile)).collect()
}

async fn join_all(
    context: &Context,
    conn: &mut Conn,
    tx: Unlocked,
    (schedule, date): Class,
    joins: &[&JoinRequest],
) -> Result<Answers, AppError> {
    let mut answers = HashMap::with_capacity(joins.len());
    let Some((mut locked, lock)) = Locked::lock_slot(context, conn, tx, schedule, date).await? else {
        return Ok(answers);
    };
    let units: Vec<&Unit> = joins.iter().map(|join| &join.unit).collect();
    let mut fresh = Vec::with_capacity(joins.len());
    for (join, stored) in joins.iter().zip(unit::look_again(conn, &units).await?) {
        match stored.transpose() {
            Some(stored) => drop(answers.insert(join.profile, stored)),
            None => fresh.push(*join),
        }
    }
    let entries = enter_all(context, conn, &mut locked, lock, &fresh).await?;
    let policy = &locked.class.policy;
    let entry = |join: &JoinRequest, row| read::entry(row, &join.rates, join.now, policy);
    let (profiles, verdicts): (Vec<ProfileId>, Vec<_>) = entries
        .into_iter()
        .map(|(join, row)| (join.profile, (&join.unit, row.map(|row| entry(join, row)))))
        .unzip();
    let concluded = unit::conclude(conn, verdicts).await?;
    answers.extend(profiles.into_iter().zip(concluded.into_iter().map(Ok)));
    Ok(answers)
}

/// Decides the joins one after the other and writes them together.
async fn enter_all<'a>(
    context: &Context,
    conn: &mut Conn,
    locked: &mut Locked,
    lock: SessionLock,
    joins: &[&'a JoinRequest],
) -> Result<Vec<(&'a JoinRequest, Verdict<EntryView>)>, AppError> {
    let profiles: Vec<ProfileId> = joins.iter().map(|join| join.profile).collect();
    let mut locks = lock.lock_profiles(conn, &profiles).await?;
    let callers: HashMap<ProfileId, AccountId> =
        joins.iter().map(|join| (join.profile, join.account)).collect();
    locks.retain(|lock| callers.get(&lock.id()).is_some_and(|caller| lock.guardians().include(*caller)));
    let mut facts = ProfileFacts::load_all(conn, locked, &locks, Want::Queue).await?;
    let mut entries = Vec::with_capacity(joins.len());
    let mut accepted = Vec::with_capacity(joins.len());
    let mut commands = Vec::with_capacity(joins.len());
    for join in joins {
        let Some(facts) = facts.remove(&join.profile) else {
            entries.push((*join, Err(access::no_profile(join.profile))));
            continue;
        };
        accepted.push((*join, facts.last_notified_at(), facts.course_name.clone()));
        commands.push(BatchCommand {
            command: Command::Join(facts.joiner(Actor::Member, join.now)),
            now: join.now,
        });
    }
    let decisions = locked.run_all(context, conn, &commands).await?;
    for ((join, last_notified_at, course_name), decision) in accepted.into_iter().zip(decisions) {
        entries.push((join, view(locked, join, last_notified_at, course_name, decision)?));
    }
    Ok(entries)
}

/// The entry as a read right after the join would find it, from what was just written.
fn view(
    locked: &Locked,
    join: &JoinRequest,
    last_notified_at: Option<Instant>,
    course_name: String,
    decision: BatchDecision,
) -> Result<Verdict<EntryView>, AppError> {
    if let Err(refusal) = decision.outcome.answer {
        return Ok(Err(refusal));
    }
    let (Some(id), Some(place)) = (decision.outcome.created.entry, decision.ticket) else {
        return Err(AppError::Internal(anyhow::anyhow!("a join was accepted but made no entry")));
    };
    let offer = decision.outcome.events.iter().find_map(|event| match event {
        Event::Offered { ticket, sent_at, deadline, .. } if *ticket == place => Some((*sent_at, *deadline)),
        _ => None,
    });
    let class = &locked.class;
    Ok(Ok(EntryView {
        id,
        profile_id: join.profile,
        guardians: Guardians::default(),
        course_schedule_id: class.course_schedule_id,
        booking_date: class.booking_date,
        course_name,
        starts_at: class.starts_at,
        status: if offer.is_some() { EntryStatus::Notified } else { EntryStatus::Waiting },
        join_time: join.now,
        last_notified_at: offer.map(|(sent_at, _)| sent_at).or(last_notified_at),
        confirmed_at: None,
        response_deadline: offer.map(|(_, deadline)| deadline),
        makeup_for: None,
        session_id: class.id,
        waiting_total: decision.waiting,
        due_at: None,
        policy_id: Some(class.policy.id()),
        ahead: if offer.is_some() { 0 } else { decision.waiting.saturating_sub(1) },
    }))
}
