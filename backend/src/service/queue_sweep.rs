//! The sweep over sessions that nobody touched: overdue offers, due offers, lists to close (RULES §2).

use super::audit;
use super::queue::touch;
use super::sweep_runner::{self, Stop, Task, work_through};
use crate::App;
use crate::auth::Settler;
use crate::db::run_tx;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use contract::shapes::Swept;
use futures_util::FutureExt;
use logic::Instant;
use logic::session::{Command, Event};
use serde_json::json;

/// Sessions with something overdue, the longest overdue first.
pub static QUEUES: Task = Task {
    name: "queues",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: "SELECT due_at, id FROM class_session WHERE due_at <= ? AND (due_at > ? OR (due_at = ? AND id > ?)) \
          ORDER BY due_at, id LIMIT ?",
};

/// Looks at every session that is due at `now`, the longest overdue first, until it has looked at `limit`
/// offers. Two sweeps at once do no harm: each session is settled under its row's lock, and the second finds
/// nothing left to do. Also answers how many sessions were set aside because they could not be settled.
///
/// # Errors
/// The database's, if it is away.
pub async fn process(app: &App, limit: u32, now: Instant, stop: &Stop) -> Result<(Swept, u64), AppError> {
    let mut swept = Swept { expired: 0, promoted: 0, closed: 0, released: 0 };
    let settle = |session| touch(app, session, Command::CloseWaitlist, now).boxed();
    let set_aside = work_through(app, &QUEUES, limit, now, stop, settle, |events| {
        tally(&mut swept, &events);
        count_offers(&events).max(1)
    })
    .await?;
    Ok((swept, set_aside))
}

/// Has the sweep look at every session again that has a queue and is still to start: their due times were worked out
/// under the policy that was in force then.
///
/// # Errors
/// The database's.
pub async fn look_again(app: &App, now: Instant) -> Result<(), AppError> {
    let at = DateTime::<Utc>::from(now);
    run_tx(&app.pool, "look_again", |conn, _| {
        Box::pin(async move {
            sqlx::query(
                "UPDATE class_session SET due_at = ? \
                 WHERE starts_at > ? AND status = 'scheduled' AND (waiting > 0 OR held > 0)",
            )
            .bind(at)
            .bind(at)
            .execute(conn)
            .await?;
            Ok(())
        })
    })
    .await
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

/// `POST /waitlist/process-expiry`: [`process`], asked for by staff, the service or the edge's cron handler. It is many
/// transactions, so the audit's row comes before the first.
///
/// # Errors
/// The database's.
pub async fn process_for(app: &App, settler: Settler, limit: u32, now: Instant) -> Result<Swept, AppError> {
    if let Settler::Caller(caller) = settler {
        let mut conn = app.pool.acquire().await?;
        let (action, detail) = ("waitlist.process_expiry", json!({ "limit": limit }));
        audit::staff_did(&mut conn, &caller, &Ok(()), action, "waitlist".to_owned(), detail, now).await?;
    }
    Ok(process(app, limit, now, &Stop::never()).await?.0)
}
