//! Staff offer seats themselves: to a class's queue in order, or to entries out of turn (RULES §2, "The queue").

use super::audit::{self, Act};
use super::classes::{self, Found};
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
        Whom::Entries(ids) => {
            let ids = &ids;
            let _turns = turns(context, ids).await?;
            unit.write(&context.pool, "waitlist_notify", |conn, tx| {
                Box::pin(async move {
                    let results = entries(context, conn, tx.locks(), caller, ids, now).await?;
                    record(conn, caller, "entries".to_owned(), &results, now).await?;
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
                            record(conn, caller, audit::class_subject((schedule, date)), &results, now)
                                .await?;
                            Ok(Ok(NotifyResults { results }))
                        })
                    })
                    .await;
            };
            context
                .write_on_class(unit, session, "waitlist_notify", |conn, on| {
                    Box::pin(async move {
                        let results = class(context, conn, on.locked().0, max, now).await?;
                        record(conn, caller, audit::class_subject((schedule, date)), &results, now).await?;
                        Ok(Ok(NotifyResults { results }))
                    })
                })
                .await
        }
    }
}

async fn record(
    conn: &mut Conn,
    caller: &Caller,
    subject: String,
    results: &[NotifyResult],
    now: Instant,
) -> Result<(), AppError> {
    let act = Act::new("waitlist.notify", subject).after(json!({ "results": results }));
    audit::record(conn, caller.account, act, now).await
}

/// A turn on each class that the entries wait for, in the order of ids: whoever waits for one holds only turns of classes
/// before it.
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

/// The entries in the order asked for; their sessions are locked in the order of ids, as everywhere.
async fn entries(
    context: &Context,
    conn: &mut Conn,
    tx: Unlocked,
    caller: &Caller,
    ids: &[WaitlistId],
    now: Instant,
) -> Result<Vec<NotifyResult>, AppError> {
    let mut by_session: BTreeMap<SessionId, Vec<WaitlistId>> = BTreeMap::new();
    let mut done: HashMap<WaitlistId, NotifyResult> = HashMap::new();
    for id in ids {
        let Some((session, is_own)) = store::waitlist_owner(&mut *conn, *id, caller.account).await? else {
            continue;
        };
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
            done.insert(id, result);
        }
    }
    Ok(ids
        .iter()
        .map(|id| done.get(id).cloned().unwrap_or_else(|| refused(*id, &Refusal::from(Code::NotFound))))
        .collect())
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
