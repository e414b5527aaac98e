//! Reading as much of a session as a decision needs, under its row's lock.

use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::service::timetable::{Row, session_select};
use chrono::{DateTime, NaiveDate, Offset, TimeZone, Utc};
use logic::ids::{BookingId, ProfileId, ScheduleId, Ticket};
use logic::session::{EntryFacts, Offer, Session, WaitingEntry};
use logic::status::EntryStatus;
use logic::{Instant, Minutes, Policy, deadline};
use std::collections::HashMap;

/// What a class session is, besides its queue.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The row that every verb locks first.
    pub id: i64,
    /// Which place of the timetable.
    pub schedule: ScheduleId,
    /// On which day.
    pub date: NaiveDate,
    /// When it starts.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// How long it is, in minutes.
    pub duration: u32,
}

/// When somebody has to look at a session next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The sweep, at the latest.
    pub at: Option<Instant>,
    /// Whoever touches it after this: the earliest deadline of a live offer.
    pub offers_at: Option<Instant>,
    /// Since when a seat has been free that someone waits for, inside an interval or in quiet hours.
    pub freed_at: Option<Instant>,
}

/// A session whose row is locked until the transaction ends.
#[derive(Debug)]
pub struct Locked {
    /// What it is.
    pub row: SessionRow,
    /// Its queue, as loaded and as changed since.
    pub state: Session,
    /// What the row says of its next due times.
    pub(super) due: Due,
    /// The rows behind the tickets that events may name.
    pub(super) ids: HashMap<Ticket, i64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct EntryRow {
    pub(super) id: i64,
    profile_id: i64,
    position: i64,
    status: String,
    last_notified_at: Option<DateTime<Utc>>,
    notification_round: i32,
    response_deadline: Option<DateTime<Utc>>,
    makeup_for: Option<i64>,
}

/// The columns of [`EntryRow`], and those that a query asks for besides.
macro_rules! entry_select {
    ($where:literal) => {
        concat!("SELECT ", entry_select!(), "FROM waitlist ", $where)
    };
    ($besides:literal, $where:literal) => {
        concat!("SELECT ", $besides, ", ", entry_select!(), "FROM waitlist ", $where)
    };
    () => {
        "id, profile_id, `position`, status, last_notified_at, notification_round, response_deadline, makeup_for "
    };
}
pub(super) use entry_select;

impl EntryRow {
    pub(super) fn facts(&self) -> Result<EntryFacts, AppError> {
        Ok(EntryFacts {
            ticket: Ticket(self.position),
            profile: ProfileId(self.profile_id),
            status: word(EntryStatus::parse(&self.status), "waitlist.status", &self.status)?,
            deadline: self.response_deadline.map(Instant::from),
            last_notified_at: self.last_notified_at.map(Instant::from),
            round: count(self.notification_round),
        })
    }

    fn waiting(&self) -> WaitingEntry {
        WaitingEntry {
            ticket: Ticket(self.position),
            profile: ProfileId(self.profile_id),
            last_notified_at: self.last_notified_at.map(Instant::from),
            round: count(self.notification_round),
        }
    }
}

/// A column's word that this program does not know is a fault of the database's contents.
pub(crate) fn word<T>(parsed: Option<T>, column: &str, text: &str) -> Result<T, AppError> {
    parsed
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("{column} holds `{text}`, which is no known word")))
}

/// Columns that the schema keeps at or above zero.
pub(crate) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

impl Locked {
    /// Locks the session's row and reads its counters and live offers; `None` if there is no such row.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock(conn: &mut Conn, session_id: i64, app: &App) -> Result<Option<Self>, AppError> {
        let row = sqlx::query_as(session_select!("WHERE id = ? FOR UPDATE")).bind(session_id);
        Self::locked(row.fetch_optional(&mut *conn).await?, conn, app).await
    }

    /// The same for the class of a schedule and a date.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock_class(
        conn: &mut Conn,
        schedule: ScheduleId,
        date: NaiveDate,
        app: &App,
    ) -> Result<Option<Self>, AppError> {
        let row =
            sqlx::query_as(session_select!("WHERE course_schedule_id = ? AND booking_date = ? FOR UPDATE"))
                .bind(schedule.0)
                .bind(date);
        Self::locked(row.fetch_optional(&mut *conn).await?, conn, app).await
    }

    async fn locked(row: Option<Row>, conn: &mut Conn, app: &App) -> Result<Option<Self>, AppError> {
        let Some(row) = row else { return Ok(None) };
        let start = Instant::from(row.starts_at);
        let mut locked = Self {
            row: SessionRow {
                id: row.id,
                schedule: ScheduleId(row.course_schedule_id),
                date: row.booking_date,
                start,
                end: Instant::from(row.ends_at),
                duration: count(row.duration_minutes),
            },
            state: Session {
                start,
                utc_offset: utc_offset(app.zone, row.starts_at),
                status: row.status()?,
                capacity: row.capacity,
                booked: row.booked,
                queue_capacity: row.queue_capacity,
                next_ticket: Ticket(row.next_ticket),
                offers: Vec::new(),
                queue_front: Vec::new(),
                waiting: row.waiting,
            },
            due: Due {
                at: row.due_at.map(Instant::from),
                offers_at: row.offers_due_at.map(Instant::from),
                freed_at: row.freed_at.map(Instant::from),
            },
            ids: HashMap::new(),
        };
        if row.held > 0 {
            locked.load_offers(conn).await?;
        }
        Ok(Some(locked))
    }

    async fn load_offers(&mut self, conn: &mut Conn) -> Result<(), AppError> {
        let rows: Vec<EntryRow> = sqlx::query_as(entry_select!(
            "WHERE session_id = ? AND status = 'notified' ORDER BY last_notified_at, `position`"
        ))
        .bind(self.row.id)
        .fetch_all(conn)
        .await?;
        for row in rows {
            let (Some(sent_at), Some(deadline)) = (row.last_notified_at, row.response_deadline) else {
                return Err(AppError::Internal(anyhow::anyhow!(
                    "the offer of entry {} has no deadline",
                    row.id
                )));
            };
            self.ids.insert(Ticket(row.position), row.id);
            self.state.offers.push(Offer {
                ticket: Ticket(row.position),
                profile: ProfileId(row.profile_id),
                round: count(row.notification_round),
                sent_at: sent_at.into(),
                deadline: deadline.into(),
            });
        }
        Ok(())
    }

    /// Loads the head of the queue as `logic::session::Session::heads` wants it.
    pub(super) async fn load_heads(
        &mut self,
        conn: &mut Conn,
        needed: u32,
        now: Instant,
        policy: &Policy,
    ) -> Result<(), AppError> {
        self.state.queue_front.clear();
        if needed == 0 || self.state.waiting == 0 {
            return Ok(());
        }
        let rested = DateTime::<Utc>::from(deadline::notification_interval_cutoff(now, policy));
        let mut rows: Vec<EntryRow> = sqlx::query_as(entry_select!(
            "WHERE session_id = ? AND status = 'waiting' \
             AND (last_notified_at IS NULL OR last_notified_at <= ?) ORDER BY `position` LIMIT ?"
        ))
        .bind(self.row.id)
        .bind(rested)
        .bind(needed)
        .fetch_all(&mut *conn)
        .await?;
        if rows.len() < usize::try_from(needed).unwrap_or(usize::MAX) {
            let inside: Vec<EntryRow> = sqlx::query_as(entry_select!(
                "WHERE session_id = ? AND status = 'waiting' AND last_notified_at > ? \
                 ORDER BY last_notified_at, `position` LIMIT ?"
            ))
            .bind(self.row.id)
            .bind(rested)
            .bind(Session::SOONEST_INSIDE_INTERVAL)
            .fetch_all(conn)
            .await?;
            rows.extend(inside);
        }
        rows.sort_by_key(|row| row.position);
        for row in rows {
            self.ids.insert(Ticket(row.position), row.id);
            self.state.queue_front.push(row.waiting());
        }
        Ok(())
    }

    /// Makes a ticket's row known, for events that will name it.
    pub fn remember(&mut self, id: i64, facts: &EntryFacts) {
        self.ids.insert(facts.ticket, id);
    }
}

/// The profile's row in this session's queue, if it was ever in it.
///
/// # Errors
/// The database's.
pub async fn entry_of_profile(
    conn: &mut Conn,
    locked: &mut Locked,
    profile: ProfileId,
) -> Result<Option<EntryFacts>, AppError> {
    let row: Option<EntryRow> =
        sqlx::query_as(entry_select!("WHERE profile_id = ? AND course_schedule_id = ? AND booking_date = ?"))
            .bind(profile.0)
            .bind(locked.row.schedule.0)
            .bind(locked.row.date)
            .fetch_optional(conn)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let facts = row.facts()?;
    locked.remember(row.id, &facts);
    Ok(Some(facts))
}

/// An entry by its id, and the missed booking that it waits to make up, read under its session's lock.
///
/// # Errors
/// The database's; `not_found`.
pub async fn entry_by_id(
    conn: &mut Conn,
    locked: &mut Locked,
    id: i64,
) -> Result<(EntryFacts, Option<BookingId>), AppError> {
    let row: Option<EntryRow> = sqlx::query_as(entry_select!("WHERE id = ? AND session_id = ?"))
        .bind(id)
        .bind(locked.row.id)
        .fetch_optional(conn)
        .await?;
    let row = row.ok_or_else(|| AppError::not_found(format!("there is no waitlist entry {id}")))?;
    let facts = row.facts()?;
    locked.remember(row.id, &facts);
    Ok((facts, row.makeup_for.map(BookingId)))
}

/// The live entries that wait to make a missed booking up, and which: those without an offer first, in their order.
///
/// # Errors
/// The database's.
pub async fn waiting_makeups(
    conn: &mut Conn,
    locked: &mut Locked,
) -> Result<Vec<(EntryFacts, BookingId)>, AppError> {
    let rows: Vec<EntryRow> = sqlx::query_as(entry_select!(
        "WHERE session_id = ? AND status IN ('waiting', 'notified') \
         AND makeup_for IS NOT NULL ORDER BY status = 'notified', `position`"
    ))
    .bind(locked.row.id)
    .fetch_all(conn)
    .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let facts = row.facts()?;
        locked.remember(row.id, &facts);
        entries.extend(row.makeup_for.map(|original| (facts, BookingId(original))));
    }
    Ok(entries)
}

/// The gym's offset from UTC at `at`: the rules know no time zones, only this.
pub(in crate::service) fn utc_offset(zone: chrono_tz::Tz, at: DateTime<Utc>) -> Minutes {
    let seconds = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
    Minutes(i64::from(seconds / 60))
}
