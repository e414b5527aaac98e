//! The sweep over classes that nobody reads or writes: overdue offers, due offers, lists to close (RULES §2).

use super::Context;
use super::audit::{self, Act};
use super::queue::settle;
use super::sweep_runner::{self, Stop, Task, work_through};
use crate::auth::Settler;
use crate::error::AppError;
use crate::store::{self, SessionDue};
use crate::unit::{Answer, Unit};
use contract::shapes::Swept;
use futures_util::FutureExt;
use logic::Instant;
use logic::ids::SessionId;
use logic::session::{Command, Event};
use logic::status::Role;
use serde_json::json;

/// Classes with something overdue, the longest overdue first.
pub static QUEUES: Task =
    Task { name: "queues", when: sweep_runner::until_now, tells_lag: true, due: store::CLASS_SESSION_DUE };

/// Settles every class that is due at `now`, the longest overdue first, until it has looked at `limit` offers. Two sweeps
/// at once do no harm: each class is settled under the lock of its row, and the second finds nothing left to do. Also
/// returns how many classes were set aside.
pub async fn process(
    context: &Context,
    limit: u32,
    now: Instant,
    stop: &Stop,
) -> Result<(Swept, u64), AppError> {
    let mut swept = Swept { expired: 0, promoted: 0, closed: 0, released: 0 };
    let work = |id| settle(context, SessionId(id), Command::Settle, now).boxed();
    let set_aside = work_through(context, &QUEUES, limit, now, stop, work, |events| {
        tally(&mut swept, &events);
        count_offers(&events).max(1)
    })
    .await?;
    Ok((swept, set_aside))
}

/// Makes every class due that has a queue and is still to start: due times were computed under the policy that was in
/// force then.
pub async fn make_due(context: &Context, now: Instant) -> Result<(), AppError> {
    for session in store::class_session_list_queued(&context.pool, now).await? {
        let work = context.run_on_class(session, "make_due", |conn, tx| {
            Box::pin(async move {
                let Some((row, _)) = tx.locks().lock_session(conn, session).await? else { return Ok(()) };
                // One that is overdue already stays due since then.
                let at = row.due.at.map_or(now, |at| at.min(now));
                let (version, due) = ((session, row.revision), SessionDue { at: Some(at), ..row.due });
                Ok(store::class_session_update(conn, version, &row.counters, row.status, &due, None).await?)
            })
        });
        work.await?;
    }
    Ok(())
}

fn tally(swept: &mut Swept, events: &[Event]) {
    for event in events {
        match event {
            Event::Expired { .. } => swept.expired += 1,
            Event::Offered { .. } => swept.promoted += 1,
            Event::WaitlistClosed { entries } => swept.closed += entries,
            Event::Released { seats } => swept.released += seats,
            _ => {}
        }
    }
}

fn count_offers(events: &[Event]) -> u32 {
    let offers = events.iter().filter(|event| matches!(event, Event::Expired { .. })).count();
    u32::try_from(offers).unwrap_or(u32::MAX)
}

/// `POST /waitlist/process-expiry`: [`process`], called by staff, the service or the edge's cron handler. It is many
/// transactions, so the audit is written before the first, and the answer is stored after the last.
///
/// # Errors
/// As [`process`].
pub async fn process_for(
    context: &Context,
    unit: &Unit,
    settler: Settler,
    limit: u32,
    now: Instant,
) -> Result<Answer, AppError> {
    unit.begin()?;
    if let Settler::Caller(caller) = settler
        && caller.is_at_least(Role::Staff)
    {
        let mut conn = context.pool.acquire().await?;
        let act = Act::new("waitlist.process_expiry", "waitlist").after(json!({ "limit": limit }));
        audit::record(&mut conn, caller.account, act, now).await?;
    }
    let parts = Context { until: Some(unit.until()), ..context.for_sweeps() };
    let (swept, _) = &process(&parts, limit, now, &Stop::before_end(unit.until())).await?;
    unit.write(&context.pool, "process_expiry", |_, _| Box::pin(async move { Ok(Ok(swept.clone())) })).await
}
