//! The queue of a class session, between its rows and `logic::session`: lock, load, decide, store.
//!
//! Invariant: no rule lives here. [`Locked::run`] and [`Locked::run_all`] are the only callers of `decide`, and the
//! only writers of `class_session`'s counters, of `waitlist` and of the offers' notifications and flows.

mod batch;
mod bulk;
mod head_notice;
mod join_facts;
mod load;
mod metrics;
mod offers;
mod reminder;
mod store;

pub use batch::{Asked, Decided};
pub use join_facts::{lock_profiles, queued_of_profiles};
pub(in crate::service) use load::utc_offset;
pub use load::{Due, Locked, SessionRow, entry_by_id, entry_of_profile, waiting_makeups};
pub(crate) use load::{count, word};
pub use reminder::remind;
pub(in crate::service) use store::{inserted, one, revise};

use crate::App;
use crate::db::{Conn, run_tx};
use crate::error::AppError;
use logic::session::{Command, Event, Session, decide};
use logic::{Instant, Policy, Refusal};

/// What a command came to: what was stored, and what its caller is told.
#[derive(Debug)]
pub struct Outcome {
    /// What happened, in order, the settling of overdue offers included.
    pub events: Vec<Event>,
    /// Yes, or why not. A refusal does not undo `events`: commit, then tell it.
    pub answer: Result<(), Refusal>,
    /// The rows that the events made.
    pub made: store::Made,
}

impl Locked {
    /// Decides `command` on the locked session and stores what happened.
    ///
    /// # Errors
    /// The database's. A rule's refusal is not an error here: see [`Outcome::answer`].
    pub async fn run(
        &mut self,
        conn: &mut Conn,
        command: &Command,
        now: Instant,
        app: &App,
    ) -> Result<Outcome, AppError> {
        let policy: &Policy = &app.policy;
        self.load_heads(conn, self.state.queue_front_needed(command, now), now, policy).await?;
        let decision = decide(&self.state, command, now, policy);
        let mut made = store::Made::default();
        let (before, due) = (self.state.clone(), self.due);
        for events in decision.events.chunk_by(offers::together) {
            store::events(conn, self, events, now, app, &mut made).await?;
            events.iter().for_each(|event| self.state.apply(event));
        }
        metrics::offers(&before, due.freed_at, &decision.events, now);
        self.due = self.due_after(now, policy);
        self.write_counters(conn, &before, &due, !decision.events.is_empty()).await?;
        head_notice::tell(conn, self, &before, &decision.events, now, app).await?;
        Ok(Outcome { events: decision.events, answer: decision.outcome, made })
    }

    /// When somebody has to look at the session next, as it stands now.
    fn due_after(&self, now: Instant, policy: &Policy) -> Due {
        Due {
            at: self.state.due_at(now, policy),
            offers_at: self.state.offers_due_at(),
            freed_at: (self.state.free() > 0 && self.state.waiting > 0)
                .then(|| self.due.freed_at.unwrap_or(now)),
        }
    }

    /// Writes the session's counters and due times over those that the row holds, and its next revision, where
    /// something happened.
    async fn write_counters(
        &self,
        conn: &mut Conn,
        before: &Session,
        due: &Due,
        happened: bool,
    ) -> Result<(), AppError> {
        // Also where nothing happened: a due time that another policy or a fixture left behind is put right.
        if happened || self.state != *before || self.due != *due {
            store::counters(conn, self.row.id, before, &self.state, &self.due).await?;
        }
        Ok(())
    }
}

/// Settles what is overdue in a session, in a transaction of its own: what a read does when it would show a
/// dead offer, and what a sweep does to sessions that nobody touched.
///
/// # Errors
/// The database's.
pub async fn touch(
    app: &App,
    session_id: i64,
    command: Command,
    now: Instant,
) -> Result<Vec<Event>, AppError> {
    let command = &command;
    run_tx(&app.pool, "settle", |conn, _| {
        Box::pin(async move {
            let Some(mut locked) = Locked::lock(conn, session_id, app).await? else { return Ok(Vec::new()) };
            Ok(locked.run(conn, command, now, app).await?.events)
        })
    })
    .await
}
