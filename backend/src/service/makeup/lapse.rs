//! Entries that wait to make a missed class up which cannot be made up any more: made up elsewhere, past its right,
//! not missed after all. A confirm would find that (RULES §2); the sweep says so before there is an offer to confirm.

use super::facts;
use crate::App;
use crate::db::run_tx;
use crate::error::AppError;
use crate::service::access;
use crate::service::queue::{Locked, waiting_makeups};
use crate::service::sweep_runner::{self, Task};
use logic::Instant;
use logic::session::{Command, Event};

/// Classes in whose queues makeups are waited for. All of them are looked at: what ends a right is done to other rows
/// than theirs, so that no row of their own says when.
pub static WAITED_FOR: Task = Task {
    name: "lapsed_makeups",
    when: sweep_runner::until_now,
    tells_lag: false,
    due: "SELECT since, id FROM (SELECT MIN(w.join_time) AS since, s.id FROM class_session s \
          JOIN waitlist w ON w.session_id = s.id AND w.status IN ('waiting', 'notified') \
          WHERE s.due_at IS NOT NULL AND w.makeup_for IS NOT NULL GROUP BY s.id) queues \
          WHERE since <= ? AND (since > ? OR (since = ? AND id > ?)) ORDER BY since, id LIMIT ?",
};

/// Ends the entries of a class whose makeups lapsed, and tells their members; answers how many. Those that wait go
/// before those that were offered a seat, so that no seat is passed on to one that goes next.
///
/// # Errors
/// The database's.
pub async fn lapse(app: &App, session: i64, now: Instant) -> Result<u64, AppError> {
    run_tx(&app.pool, "makeups_lapse", |conn, _| {
        Box::pin(async move {
            let Some(mut locked) = Locked::lock(conn, session, app).await? else { return Ok(0) };
            let waiting = waiting_makeups(conn, &mut locked).await?;
            let mut profiles: Vec<_> = waiting.iter().map(|(entry, _)| entry.profile).collect();
            profiles.sort_unstable();
            for profile in profiles {
                access::lock_profile(conn, profile).await?;
            }
            let mut lapsed = 0;
            for (entry, original) in waiting {
                let makeup = facts::verdict(conn, &locked, entry.profile, original, now, app).await?;
                let command = Command::CheckMakeup { entry, makeup: makeup.map(|_| ()) };
                let events = locked.run(conn, &command, now, app).await?.events;
                lapsed += events
                    .iter()
                    .map(|event| u64::from(matches!(event, Event::MakeupLapsed { .. })))
                    .sum::<u64>();
            }
            Ok(lapsed)
        })
    })
    .await
}
