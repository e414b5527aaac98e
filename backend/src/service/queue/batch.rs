//! Several commands of one class in one transaction: decided one after the other, each on what those before it left, with
//! the rows of their joins written together.

use super::load::Locked;
use super::{Created, Outcome, apply, head_notice, metrics};
use crate::error::AppError;
use crate::service::Context;
use crate::store::{self, Conn, NewEntry};
use logic::Instant;
use logic::ids::Ticket;
use logic::session::{Command, Event, decide};
use std::slice;

/// One command of a batch, as of its caller's now. A batch holds at most one command of each profile and entry, since
/// their facts were looked up before the first was decided.
#[derive(Debug)]
pub struct BatchCommand {
    /// The command.
    pub command: Command,
    /// When it was given.
    pub now: Instant,
}

/// The result of one command of a batch.
#[derive(Debug)]
pub struct BatchDecision {
    /// What was stored for it, and what its caller is answered.
    pub outcome: Outcome,
    /// The entry's place, if it is a join that was accepted.
    pub ticket: Option<Ticket>,
    /// Entries that waited once it was decided, its own included.
    pub waiting: u32,
}

impl Locked {
    /// Decides the commands in their order and applies what changed: the same as [`Locked::run`] for each, in fewer
    /// statements.
    ///
    /// # Errors
    /// As [`Locked::run`]: then nothing of the batch holds. The refusal of one command is its own outcome.
    pub async fn run_all(
        &mut self,
        context: &Context,
        conn: &mut Conn,
        commands: &[BatchCommand],
    ) -> Result<Vec<BatchDecision>, AppError> {
        let (stored, due) = (self.state.clone(), self.due);
        let expires_at = apply::list_closes_at(self);
        let was_fixed = self.class.policy.is_fixed();
        let mut joins: Vec<NewEntry> = Vec::new();
        let mut decisions = Vec::with_capacity(commands.len());
        let mut latest = None;
        for BatchCommand { command, now } in commands {
            latest = latest.max(Some(*now));
            let needed = self.state.queue_front_needed(command, *now);
            if needed > 0 {
                self.write_joins(conn, &mut joins).await?;
            }
            self.load_queue_front(conn, needed, *now).await?;
            let decision = decide(&self.state, command, *now, &self.class.policy);
            self.fix_version(command, &decision);
            let mut created = Created::default();
            let mut place = None;
            let mut others = false;
            let before = self.state.clone();
            for (index, event) in decision.events.iter().enumerate() {
                if let Event::Joined { ticket, profile, makeup_for: None, .. } = event {
                    let (profile, ticket) = (*profile, *ticket);
                    joins.push(NewEntry { profile, ticket, join_time: *now, expires_at, makeup_for: None });
                    place = Some(ticket);
                } else {
                    others = true;
                    // The event may name an entry that has no row yet.
                    self.write_joins(conn, &mut joins).await?;
                    let (earlier, events) = (&decision.events[..index], slice::from_ref(event));
                    let step = apply::Step { command, earlier, events };
                    apply::step(context, conn, (self, &[]), step, *now, &mut created).await?;
                }
                self.state.apply(event);
            }
            metrics::record_offers(&before, self.due.freed_at, &decision.events, *now);
            self.due = self.due_after(latest.unwrap_or(*now));
            if others {
                // The notice looks for the first of the rows; a join alone brings nobody to the head.
                self.write_joins(conn, &mut joins).await?;
                head_notice::send(context, conn, self, &before, &decision.events, *now).await?;
            }
            decisions.push(BatchDecision {
                outcome: Outcome { events: decision.events, answer: decision.outcome, created },
                ticket: place,
                waiting: self.state.waiting,
            });
        }
        self.write_joins(conn, &mut joins).await?;
        let changed = decisions.iter().any(|decision| !decision.outcome.events.is_empty())
            || was_fixed != self.class.policy.is_fixed();
        self.write_counters(conn, &stored, &due, changed).await?;
        for decision in &mut decisions {
            let id = decision.ticket.and_then(|ticket| self.ids.get(&ticket));
            decision.outcome.created.entry = id.copied().or(decision.outcome.created.entry);
        }
        Ok(decisions)
    }

    /// Writes the entries that joined so far, and keeps their ids.
    async fn write_joins(&mut self, conn: &mut Conn, joins: &mut Vec<NewEntry>) -> Result<(), AppError> {
        let mut fresh = Vec::with_capacity(joins.len());
        for entry in joins.drain(..) {
            match self.entries.get(&entry.profile).copied() {
                Some(id) => {
                    store::waitlist_reopen(conn, id, &entry).await?;
                    self.ids.insert(entry.ticket, id);
                }
                None => fresh.push(entry),
            }
        }
        self.ids.extend(store::waitlist_insert_all(conn, &self.class, &fresh).await?);
        Ok(())
    }
}
