//! Staff offer seats themselves: to a class's queue in order, or to entries out of turn (RULES §2, "The queue").

use super::queue::{Locked, entry_by_id};
use super::waitlist::lock;
use super::{audit, timetable};
use crate::App;
use crate::auth::Caller;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use chrono::{DateTime, NaiveDate, Utc};
use contract::shapes::{MAX_NOTIFY, NotifyAsk, NotifyResult, NotifyResults, Whom};
use logic::ids::{NotificationId, ScheduleId, WaitlistId};
use logic::session::{Command, EntryFacts, Event};
use logic::status::NotifyOutcome;
use logic::{Code, Instant, Refusal};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// `POST /waitlist/notify`: never beyond the free seats. All of it is one transaction, so that an ask is never
/// half done.
///
/// # Errors
/// `invalid_request` for an ask that names neither a class nor entries; `not_found` for a class that is not there.
/// What keeps one entry from an offer is its own result.
pub async fn notify(
    app: &App,
    caller: &Caller,
    ask: &NotifyAsk,
    now: Instant,
) -> Result<NotifyResults, AppError> {
    let results = match ask.whom()? {
        Whom::Entries(ids) => {
            let ids = &ids;
            run_tx(&app.pool, "waitlist_notify", |conn, _| {
                Box::pin(async move {
                    let results = entries(conn, app, ids, now).await?;
                    record(conn, caller, "entries".to_owned(), &results, now).await?;
                    Ok(results)
                })
            })
            .await?
        }
        Whom::Class { schedule, date, max } => {
            let session_id = {
                let mut conn = app.pool.acquire().await?;
                timetable::ensure_session(&mut conn, app.zone, schedule, date).await?
            };
            run_tx(&app.pool, "waitlist_notify", |conn, _| {
                Box::pin(async move {
                    let results = class(conn, app, session_id, max, now).await?;
                    record(conn, caller, subject(schedule, date), &results, now).await?;
                    Ok(results)
                })
            })
            .await?
        }
    };
    Ok(NotifyResults { results })
}

fn subject(schedule: ScheduleId, date: NaiveDate) -> String {
    format!("session/{schedule}/{date}")
}

async fn record(
    conn: &mut Conn,
    caller: &Caller,
    subject: String,
    results: &[NotifyResult],
    now: Instant,
) -> Result<(), AppError> {
    let detail = json!({ "results": results });
    audit::staff_did(conn, caller, &Ok(()), "waitlist.notify", subject, detail, now).await
}

/// The entries in the order asked for; their sessions are locked in the order of ids, as everywhere.
async fn entries(
    conn: &mut Conn,
    app: &App,
    ids: &[WaitlistId],
    now: Instant,
) -> Result<Vec<NotifyResult>, AppError> {
    let mut by_session: BTreeMap<i64, Vec<WaitlistId>> = BTreeMap::new();
    for id in ids {
        let session: Option<i64> = sqlx::query_scalar("SELECT session_id FROM waitlist WHERE id = ?")
            .bind(id.0)
            .fetch_optional(&mut *conn)
            .await?;
        if let Some(session) = session {
            by_session.entry(session).or_default().push(*id);
        }
    }
    let mut done: HashMap<WaitlistId, NotifyResult> = HashMap::new();
    for (session, ids) in by_session {
        let mut locked = lock(conn, session, app).await?;
        // All are looked up before the first is offered a seat: one that is offered a seat in turn on the way was
        // waiting when it was asked for.
        let mut asked = Vec::with_capacity(ids.len());
        for id in ids {
            asked.push((id, entry_by_id(conn, &mut locked, id.0).await?.0));
        }
        for (id, facts) in asked {
            let result = offer(conn, app, &mut locked, id, facts, now).await?;
            done.insert(id, result);
        }
    }
    Ok(ids
        .iter()
        .map(|id| done.get(id).cloned().unwrap_or_else(|| refused(*id, &Refusal::from(Code::NotFound))))
        .collect())
}

/// The queue in order, until `max` seats are offered or found wanting; who may not be told yet is passed over.
async fn class(
    conn: &mut Conn,
    app: &App,
    session: i64,
    max: Option<u32>,
    now: Instant,
) -> Result<Vec<NotifyResult>, AppError> {
    let mut locked = lock(conn, session, app).await?;
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM waitlist WHERE session_id = ? AND status = 'waiting' ORDER BY `position` LIMIT ?",
    )
    .bind(session)
    .bind(MAX_NOTIFY)
    .fetch_all(&mut *conn)
    .await?;
    let mut queue = Vec::with_capacity(ids.len());
    for id in ids {
        queue.push((WaitlistId(id), entry_by_id(conn, &mut locked, id).await?.0));
    }
    let settled = locked.run(conn, &Command::Settle, now, app).await?.events;
    let in_turn = settled.iter().filter(|event| matches!(event, Event::Offered { .. })).count();
    let every_free = locked.state.free().saturating_add(u32::try_from(in_turn).unwrap_or(u32::MAX));
    let wanted = max.unwrap_or(every_free);
    let (mut results, mut counted) = (Vec::new(), 0);
    for (id, facts) in queue {
        if counted == wanted {
            break;
        }
        let result = offer(conn, app, &mut locked, id, facts, now).await?;
        if result.outcome == NotifyOutcome::Sent || result.code.as_deref() == Some(Code::NoFreeSeat.as_str())
        {
            counted += 1;
        }
        results.push(result);
    }
    Ok(results)
}

async fn offer(
    conn: &mut Conn,
    app: &App,
    locked: &mut Locked,
    id: WaitlistId,
    facts: EntryFacts,
    now: Instant,
) -> Result<NotifyResult, AppError> {
    let answer = locked.run(conn, &Command::Notify { entry: facts }, now, app).await?.answer;
    if let Err(refusal) = answer {
        return Ok(refused(id, &refusal));
    }
    let (notification, deadline): (i64, Option<DateTime<Utc>>) = sqlx::query_as(
        "SELECT id, response_deadline FROM waitlist_notification WHERE waitlist_id = ? \
         AND notification_type = 'spot_available' AND status = 'sent' ORDER BY id DESC LIMIT 1",
    )
    .bind(id.0)
    .fetch_one(conn)
    .await?;
    Ok(NotifyResult {
        waitlist_id: id,
        outcome: NotifyOutcome::Sent,
        code: None,
        notification_id: Some(NotificationId(notification)),
        response_deadline: deadline.map(Instant::from),
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
