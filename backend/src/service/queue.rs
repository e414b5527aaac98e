//! The queue of a class, between its rows and `logic::session`: lock, load, decide, apply.
//!
//! Invariant: no rule lives here. [`Locked::run`], [`Locked::run_all`] and [`Locked::check`] are the only callers of `decide`, and what
//! they apply is the only way that a class's counters, its entries and their offers change. (Fixtures, which load whole
//! timetables, count bookings themselves.)

mod apply;
mod batch;
mod bulk;
mod facts;
mod flow_data;
mod head_notice;
mod load;
pub(super) mod makeups;
mod metrics;
mod offers;
mod on_class;
mod reminder;

pub use apply::Created;
pub use batch::{BatchCommand, BatchDecision};
pub use facts::{ProfileFacts, Want};
pub use load::{Locked, entry_by_id, waiting_makeups};
pub use on_class::OnClass;
pub use reminder::{REMINDERS, remind};

use crate::error::AppError;
use crate::service::Context;
use crate::service::policies::ClassPolicy;
use crate::store::{self, Conn, ProfileLock, SessionCounters, SessionDue};
use logic::ids::{PolicyId, SessionId};
use logic::session::{Command, Decision, Event, Session, decide};
use logic::{Instant, Refusal};

/// The result of a command.
#[derive(Debug)]
pub struct Outcome {
    /// What changed, in order, the settling of overdue offers included.
    pub events: Vec<Event>,
    /// Whether the command was accepted, or why not. A refusal does not undo `events`: commit, then answer it.
    pub answer: Result<(), Refusal>,
    /// The rows that the events created.
    pub created: Created,
}

impl Locked {
    /// Decides `command` on the locked class and applies what changed. `profiles` are those whose bookings and credit the
    /// command may change.
    ///
    /// # Errors
    /// A row is not as it was loaded, or the database failed. A refusal is not an error: see [`Outcome::answer`].
    pub async fn run(
        &mut self,
        context: &Context,
        conn: &mut Conn,
        profiles: &[ProfileLock],
        command: &Command,
        now: Instant,
    ) -> Result<Outcome, AppError> {
        self.load_queue_front(conn, self.state.queue_front_needed(command, now), now).await?;
        let decision = decide(&self.state, command, now, &self.class.policy);
        let was_fixed = self.class.policy.is_fixed();
        self.fix_version(command, &decision);
        let mut created = Created::default();
        let (before, due) = (self.state.clone(), self.due);
        let mut applied = 0;
        for events in decision.events.chunk_by(offers::together) {
            let step = apply::Step { command, earlier: &decision.events[..applied], events };
            apply::step(context, conn, (self, profiles), step, now, &mut created).await?;
            applied += events.len();
            events.iter().for_each(|event| self.state.apply(event));
        }
        metrics::record_offers(&before, due.freed_at, &decision.events, now);
        self.due = self.due_after(now);
        let changed = !decision.events.is_empty() || was_fixed != self.class.policy.is_fixed();
        self.write_counters(conn, &before, &due, changed).await?;
        head_notice::send(context, conn, self, &before, &decision.events, now).await?;
        Ok(Outcome { events: decision.events, answer: decision.outcome, created })
    }

    /// Checks `command` on a class that has no row, and changes nothing.
    pub fn check(&self, command: &Command, now: Instant) -> Result<(), Refusal> {
        decide(&self.state, command, now, &self.class.policy).outcome
    }

    /// Fixes the version of the policy that judges the class where the command is the first that is accepted (R1.22).
    fn fix_version(&mut self, command: &Command, decision: &Decision) {
        if decision.fixes_version(command) {
            self.class.policy.fix();
        }
    }

    /// The version of the policy to write into the row: that of a class that is fixed.
    fn fixed_version(&self) -> Option<PolicyId> {
        self.class.policy.is_fixed().then(|| self.class.policy.id())
    }

    /// When the class has to be looked at next, as it stands now.
    fn due_after(&self, now: Instant) -> SessionDue {
        SessionDue {
            at: self.state.due_at(now, &self.class.policy),
            offers_at: self.state.offers_due_at(),
            freed_at: (self.state.free() > 0 && self.state.waiting > 0)
                .then(|| self.due.freed_at.unwrap_or(now)),
            call_off_at: self.due.call_off_at,
        }
    }

    /// Counts a change to what hangs on the class that its counters do not show. It is a write like any other: it fixes the
    /// version of the policy.
    pub async fn touch(&mut self, conn: &mut Conn) -> Result<(), AppError> {
        self.class.policy.fix();
        store::class_session_touch(conn, (self.class.id, self.revision), self.class.policy.id()).await?;
        self.revision += 1;
        Ok(())
    }

    /// Lets another version of the policy judge the class for good.
    pub(super) async fn set_policy(&mut self, conn: &mut Conn, policy: ClassPolicy) -> Result<(), AppError> {
        store::class_session_set_policy(conn, (self.class.id, self.revision), policy.id()).await?;
        self.class.policy = policy;
        self.class.policy.fix();
        self.revision += 1;
        Ok(())
    }

    /// Says whose number the seats of the class are: the date's own, or its slot's.
    pub async fn set_capacity_own(&self, conn: &mut Conn, own: bool) -> Result<(), AppError> {
        Ok(store::class_session_set_capacity_own(conn, (self.class.id, self.revision), own).await?)
    }

    /// Writes the counters and due times of the class, if anything changed.
    async fn write_counters(
        &mut self,
        conn: &mut Conn,
        before: &Session,
        due: &SessionDue,
        changed: bool,
    ) -> Result<(), AppError> {
        // Also without an event: a due time that another policy or a fixture left behind is corrected.
        if changed || self.state != *before || self.due != *due {
            let row = (self.class.id, self.revision);
            let (counters, status) = (counters(&self.state), self.state.status);
            let policy = self.fixed_version();
            store::class_session_update(conn, row, &counters, status, &self.due, policy).await?;
            self.revision += 1;
        }
        Ok(())
    }
}

fn counters(state: &Session) -> SessionCounters {
    SessionCounters {
        capacity: state.capacity,
        booked: state.booked,
        held: state.held(),
        waiting: state.waiting,
        next_ticket: state.next_ticket,
    }
}

/// Runs `command`, which settles what is overdue, in a transaction of its own: for a read of a class that is overdue, and
/// for the sweep over classes that nobody reads or writes. A class that is gone has no events.
pub async fn settle(
    context: &Context,
    session: SessionId,
    command: Command,
    now: Instant,
) -> Result<Vec<Event>, AppError> {
    let command = &command;
    context
        .run_on_class(session, "settle", |conn, tx| {
            Box::pin(async move {
                let Some((mut locked, _)) = Locked::lock(context, conn, tx.locks(), session).await? else {
                    return Ok(Vec::new());
                };
                Ok(locked.run(context, conn, &[], command, now).await?.events)
            })
        })
        .await
}

/// Whether a class that is due then is overdue: something in it is not as the time of day has it.
pub(super) fn is_overdue(due: Option<Instant>, now: Instant) -> bool {
    due.is_some_and(|due| due <= now)
}

/// Settles the classes one after the other, as the sweep would: a read must not show a dead offer as alive, nor an entry
/// as waiting whose list has closed (RULES §2).
pub(super) async fn settle_all(
    context: &Context,
    sessions: Vec<SessionId>,
    now: Instant,
) -> Result<(), AppError> {
    for session in sessions {
        settle(context, session, Command::Settle, now).await?;
    }
    Ok(())
}
