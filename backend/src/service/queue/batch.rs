//! Several commands of one session in one transaction: decided one after the other, each on what those before it
//! left, with the rows of their joins written together.

use super::load::Locked;
use super::{Outcome, head_notice, metrics, store};
use crate::App;
use crate::db::Conn;
use crate::db::many::pieces;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::ids::{ProfileId, Ticket, WaitlistId};
use logic::session::{Command, Event, decide};
use logic::{Instant, Policy, deadline};
use sqlx::{MySql, QueryBuilder};
use std::slice;

/// One command of a batch, as of its caller's now. Of each profile and entry a batch holds one command at most,
/// since their facts were looked up before the first was decided.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub command: Command,
    /// When.
    pub now: Instant,
    /// The ended row that a join opens again, if its profile has one.
    pub reopens: Option<i64>,
}

/// What one command of a batch came to.
#[derive(Debug)]
pub struct Decided {
    /// What was stored for it, and what its caller is told.
    pub outcome: Outcome,
    /// The entry's place, if it is a join that was agreed to.
    pub ticket: Option<Ticket>,
    /// Entries that waited once it was decided, its own included.
    pub waiting: u32,
}

/// An entry to be written.
struct Join {
    ticket: Ticket,
    profile: ProfileId,
    now: Instant,
    reopens: Option<i64>,
}

impl Locked {
    /// Decides the commands in their order and stores what happened: the same as [`Locked::run`] for each, in fewer
    /// statements.
    ///
    /// # Errors
    /// The database's: then nothing of the batch holds. A rule's refusal of one command is its own outcome.
    pub async fn run_all(
        &mut self,
        conn: &mut Conn,
        asked: &[Asked],
        app: &App,
    ) -> Result<Vec<Decided>, AppError> {
        let policy: &Policy = &app.policy;
        let (stored, due) = (self.state.clone(), self.due);
        let mut joins = Vec::new();
        let mut decided = Vec::with_capacity(asked.len());
        let mut latest = None;
        for Asked { command, now, reopens } in asked {
            latest = latest.max(Some(*now));
            let needed = self.state.queue_front_needed(command, *now);
            if needed > 0 {
                self.write_joins(conn, &mut joins, policy).await?;
            }
            self.load_heads(conn, needed, *now, policy).await?;
            let decision = decide(&self.state, command, *now, policy);
            let mut made = store::Made::default();
            let mut place = None;
            let mut others = false;
            let before = self.state.clone();
            for event in &decision.events {
                if let Event::Joined { ticket, profile, makeup_for: None, .. } = event {
                    joins.push(Join { ticket: *ticket, profile: *profile, now: *now, reopens: *reopens });
                    place = Some(*ticket);
                } else {
                    others = true;
                    // It may name an entry that has no row yet.
                    self.write_joins(conn, &mut joins, policy).await?;
                    store::events(conn, self, slice::from_ref(event), *now, app, &mut made).await?;
                }
                self.state.apply(event);
            }
            metrics::offers(&before, self.due.freed_at, &decision.events, *now);
            self.due = self.due_after(latest.unwrap_or(*now), policy);
            if others {
                // It looks for the first of the rows; a join alone brings nobody to the front.
                self.write_joins(conn, &mut joins, policy).await?;
                head_notice::tell(conn, self, &before, &decision.events, *now, app).await?;
            }
            decided.push(Decided {
                outcome: Outcome { events: decision.events, answer: decision.outcome, made },
                ticket: place,
                waiting: self.state.waiting,
            });
        }
        self.write_joins(conn, &mut joins, policy).await?;
        let happened = decided.iter().any(|one| !one.outcome.events.is_empty());
        self.write_counters(conn, &stored, &due, happened).await?;
        for one in &mut decided {
            let id = one.ticket.and_then(|ticket| self.ids.get(&ticket));
            one.outcome.made.entry = id.map(|id| WaitlistId(*id)).or(one.outcome.made.entry);
        }
        Ok(decided)
    }

    /// Writes the entries that joined so far, and learns their ids.
    async fn write_joins(
        &mut self,
        conn: &mut Conn,
        joins: &mut Vec<Join>,
        policy: &Policy,
    ) -> Result<(), AppError> {
        let expires_at =
            DateTime::<Utc>::from(deadline::waitlist_times(self.row.start, policy).last_notification_at);
        let (again, fresh): (Vec<_>, Vec<_>) = joins.drain(..).partition(|join| join.reopens.is_some());
        for join in again {
            if let Some(id) = join.reopens {
                store::reopen(conn, id, join.ticket, None, join.now, expires_at).await?;
                self.ids.insert(join.ticket, id);
            }
        }
        let (Some(first), Some(last)) = (fresh.first(), fresh.last()) else { return Ok(()) };
        for rows in pieces(&fresh) {
            let mut insert = QueryBuilder::<MySql>::new(
                "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, `position`, status, \
                 join_time, expires_at) ",
            );
            insert.push_values(rows, |mut row, join| {
                row.push_bind(join.profile.0)
                    .push_bind(self.row.id)
                    .push_bind(self.row.schedule.0)
                    .push_bind(self.row.date)
                    .push_bind(join.ticket.0)
                    .push_bind("waiting")
                    .push_bind(DateTime::<Utc>::from(join.now))
                    .push_bind(expires_at);
            });
            let done = insert.build().execute(&mut *conn).await?;
            if fresh.len() == 1 {
                self.ids.insert(first.ticket, store::inserted(done.last_insert_id())?);
                return Ok(());
            }
        }
        // Not by counting on from the first id: not every server hands out neighbours.
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT `position`, id FROM waitlist WHERE session_id = ? AND `position` BETWEEN ? AND ?",
        )
        .bind(self.row.id)
        .bind(first.ticket.0)
        .bind(last.ticket.0)
        .fetch_all(conn)
        .await?;
        self.ids.extend(rows.into_iter().map(|(ticket, id)| (Ticket(ticket), id)));
        Ok(())
    }
}
