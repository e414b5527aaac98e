//! Staff offer seats themselves: to a class's queue in order, or to entries out of turn (RULES §2, "The queue").

use super::audit::{self, Act};
use super::classes::{self, ClassName, Found};
use super::queue::{Locked, entry_by_id};
use super::{Context, access};
use crate::auth::Caller;
use crate::error::AppError;
use crate::lanes::Turn;
use crate::store::{self, Conn, Unlocked};
use crate::unit::{Answer, Unit};
use contract::shapes::{MAX_NOTIFY, NotifyAsk, NotifyResult, NotifyResults, Whom};
use logic::ids::{SessionId, WaitlistId};
use logic::session::{Command, EntryFacts, Event};
use logic::status::NotifyOutcome;
use logic::{Code, Instant, Refusal};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// `POST /waitlist/notify`: never beyond the free seats. All of it is one transaction, so that a request is never half
/// done.
///
/// # Errors
/// `invalid_request` for a request that names neither a class nor entries; `not_found` for a class that does not exist.
/// The refusal of one entry is its own result.
pub async fn notify(
    context: &Context,
    unit: &Unit,
    caller: &Caller,
    ask: &NotifyAsk,
    now: Instant,
) -> Result<Answer, AppError> {
    match ask.whom()? {
        Whom::Entries { ids, reason } => {
            let (ids, reason) = (&ids, reason.as_deref());
            let _turns = turns(context, ids).await?;
            unit.write(&context.pool, "waitlist_notify", |conn, tx| {
                Box::pin(async move {
                    let (results, classes) =
                        entries(context, conn, tx.locks(), caller, (ids, reason), now).await?;
                    record_each(conn, caller, (&results, &classes), reason, now).await?;
                    Ok(Ok(NotifyResults { results }))
                })
            })
            .await
        }
        Whom::Class { schedule, date, max } => {
            let found =
                classes::find(&mut *context.pool.acquire().await?, context.zone, (schedule, date)).await?;
            let Found::Row(session) = found else {
                // Nobody waits in a class that has no row.
                return unit
                    .write(&context.pool, "waitlist_notify", |conn, _| {
                        Box::pin(async move {
                            let results = Vec::new();
                            let subject = audit::class_subject((schedule, date));
                            record(conn, caller, subject, &results, None, now).await?;
                            Ok(Ok(NotifyResults { results }))
                        })
                    })
                    .await;
            };
            context
                .write_on_class(unit, session, "waitlist_notify", |conn, on| {
                    Box::pin(async move {
                        let results = class(context, conn, on.locked().0, max, now).await?;
                        let subject = audit::class_subject((schedule, date));
                        record(conn, caller, subject, &results, None, now).await?;
                        Ok(Ok(NotifyResults { results }))
                    })
                })
                .await
        }
    }
}

/// Records what became of entries, under each of their classes; those that there are not, under none.
async fn record_each(
    conn: &mut Conn,
    caller: &Caller,
    (results, classes): (&[NotifyResult], &HashMap<WaitlistId, ClassName>),
    reason: Option<&str>,
    now: Instant,
) -> Result<(), AppError> {
    let mut by_class: BTreeMap<Option<ClassName>, Vec<NotifyResult>> = BTreeMap::new();
    for result in results {
        let class = classes.get(&result.waitlist_id).copied();
        by_class.entry(class).or_default().push(result.clone());
    }
    for (class, results) in by_class {
        let subject = class.map_or_else(|| "entries".to_owned(), audit::class_subject);
        record(conn, caller, subject, &results, reason, now).await?;
    }
    Ok(())
}

async fn record(
    conn: &mut Conn,
    caller: &Caller,
    subject: String,
    results: &[NotifyResult],
    reason: Option<&str>,
    now: Instant,
) -> Result<(), AppError> {
    let act = Act::new("waitlist.notify", subject).after(json!({ "results": results })).because(reason);
    audit::record(conn, caller.account, act, now).await
}

/// Takes a turn on each class that the entries wait for, in the order of their ids, so that two requests never wait for each
/// other.
async fn turns<'a>(context: &'a Context, ids: &[WaitlistId]) -> Result<Vec<Turn<'a, SessionId>>, AppError> {
    let mut sessions = BTreeSet::new();
    for id in ids {
        sessions.extend(store::waitlist_session(&context.pool, *id).await?);
    }
    let mut turns = Vec::with_capacity(sessions.len());
    for session in sessions {
        turns.push(context.turn(session).await?);
    }
    Ok(turns)
}

/// The entries in the order asked for, and the classes that they wait for; these are locked in the order of ids, as
/// everywhere.
async fn entries(
    context: &Context,
    conn: &mut Conn,
    tx: Unlocked,
    caller: &Caller,
    (ids, reason): (&[WaitlistId], Option<&str>),
    now: Instant,
) -> Result<(Vec<NotifyResult>, HashMap<WaitlistId, ClassName>), AppError> {
    let mut classes = HashMap::new();
    let mut by_session: BTreeMap<SessionId, Vec<WaitlistId>> = BTreeMap::new();
    let mut done: HashMap<WaitlistId, NotifyResult> = HashMap::new();
    for id in ids {
        let found = store::waitlist_owner_and_class(conn, *id, caller.account).await?;
        let Some((session, schedule, date, is_own)) = found else { continue };
        classes.insert(*id, (schedule, date));
        match access::check_power(caller, is_own) {
            Ok(()) => by_session.entry(session).or_default().push(*id),
            Err(own) => drop(done.insert(*id, refused(*id, &own))),
        }
    }
    let sessions = by_session.keys().copied().collect();
    for mut locked in Locked::lock_all(context, conn, tx, &sessions).await? {
        let Some(ids) = by_session.remove(&locked.class.id) else { continue };
        // All are looked up before the first is offered a seat: one that is offered a seat in turn on the way was
        // waiting when it was asked for.
        let mut requested = Vec::with_capacity(ids.len());
        for id in ids {
            requested.push((id, entry_by_id(conn, &mut locked, id).await?.0));
        }
        for (id, facts) in requested {
            let result = offer(context, conn, &mut locked, id, facts, now).await?;
            if let (Some(offer), Some(reason)) = (result.notification_id, reason) {
                store::waitlist_flow_set_reason(conn, offer, reason).await?;
            }
            done.insert(id, result);
        }
    }
    let result = |id: &WaitlistId| {
        done.get(id).cloned().unwrap_or_else(|| refused(*id, &Refusal::from(Code::NotFound)))
    };
    Ok((ids.iter().map(result).collect(), classes))
}

/// Offers seats to the queue in order, until `max` were offered or found not to be free; entries that may not be notified
/// yet are passed over.
async fn class(
    context: &Context,
    conn: &mut Conn,
    mut locked: Locked,
    max: Option<u32>,
    now: Instant,
) -> Result<Vec<NotifyResult>, AppError> {
    let ids = store::waitlist_list_waiting(conn, locked.class.id, MAX_NOTIFY).await?;
    let mut queue = Vec::with_capacity(ids.len());
    for id in ids {
        queue.push((id, entry_by_id(conn, &mut locked, id).await?.0));
    }
    let settled = locked.run(context, conn, &[], &Command::Settle, now).await?.events;
    let in_turn = settled.iter().filter(|event| matches!(event, Event::Offered { .. })).count();
    let every_free = locked.state.free().saturating_add(u32::try_from(in_turn).unwrap_or(u32::MAX));
    let wanted = max.unwrap_or(every_free);
    let (mut results, mut counted) = (Vec::new(), 0);
    for (id, facts) in queue {
        if counted == wanted {
            break;
        }
        let result = offer(context, conn, &mut locked, id, facts, now).await?;
        if result.outcome == NotifyOutcome::Sent || result.code.as_deref() == Some(Code::NoFreeSeat.as_str())
        {
            counted += 1;
        }
        results.push(result);
    }
    Ok(results)
}

async fn offer(
    context: &Context,
    conn: &mut Conn,
    locked: &mut Locked,
    id: WaitlistId,
    facts: EntryFacts,
    now: Instant,
) -> Result<NotifyResult, AppError> {
    let answer = locked.run(context, conn, &[], &Command::Notify { entry: facts }, now).await?.answer;
    if let Err(refusal) = answer {
        return Ok(refused(id, &refusal));
    }
    let (notification, deadline) = store::waitlist_notification_open_offer(conn, id).await?;
    Ok(NotifyResult {
        waitlist_id: id,
        outcome: NotifyOutcome::Sent,
        code: None,
        notification_id: Some(notification),
        response_deadline: Some(deadline),
    })
}

fn refused(id: WaitlistId, why: &Refusal) -> NotifyResult {
    NotifyResult {
        waitlist_id: id,
        outcome: NotifyOutcome::Refused,
        code: Some(why.code.as_str().to_owned()),
        notification_id: None,
        response_deadline: None,
    }
}
