//! Ends entries that wait to make up a missed class which cannot be made up any more: made up elsewhere, past its right,
//! not missed after all. A confirm would find that (RULES §2); the sweep says so before there is an offer to confirm.

use crate::error::AppError;
use crate::service::Context;
use crate::service::queue::{Locked, ProfileFacts, Want, waiting_makeups};
use crate::service::sweep_runner::{self, Task};
use crate::store;
use logic::ids::SessionId;
use logic::session::{Command, Event};
use logic::{Code, Instant};

/// Classes in whose queues makeups are waited for.
pub static WAITED_FOR: Task = Task {
    name: "lapsed_makeups",
    when: sweep_runner::until_now,
    tells_lag: false,
    due: store::WAITLIST_MAKEUPS,
};

/// Ends the entries of a class whose makeups lapsed, and tells their members; returns how many. Those that wait go before
/// those that were offered a seat, so that no seat is passed on to one that goes next.
pub async fn lapse(context: &Context, session: SessionId, now: Instant) -> Result<u64, AppError> {
    let work = context.run_on_class(session, "makeups_lapse", |conn, tx| {
        Box::pin(async move {
            let Some((mut locked, lock)) = Locked::lock(context, conn, tx.locks(), session).await? else {
                return Ok(0);
            };
            // First, so that no entry is checked that an expired offer or a closed list ends.
            locked.run(context, conn, &[], &Command::Settle, now).await?;
            let waiting = waiting_makeups(conn, &mut locked).await?;
            let missed: Vec<_> = waiting.iter().map(|(entry, original)| (entry.profile, *original)).collect();
            let profiles: Vec<_> = missed.iter().map(|(profile, _)| *profile).collect();
            let profiles = lock.lock_profiles(conn, &profiles).await?;
            let want = Want::Makeup(&missed, now);
            let facts = ProfileFacts::load_all(conn, &mut locked, &profiles, want).await?;
            let mut lapsed = 0;
            for (entry, _) in waiting {
                let makeup = facts.get(&entry.profile).map_or(Err(Code::NotFound), ProfileFacts::may_make_up);
                let command = Command::CheckMakeup { entry, makeup };
                let events = locked.run(context, conn, &profiles, &command, now).await?.events;
                let ended = |event: &&Event| matches!(event, Event::MakeupLapsed { .. });
                lapsed += events.iter().filter(ended).map(|_| 1).sum::<u64>();
            }
            Ok(lapsed)
        })
    });
    work.await
}
