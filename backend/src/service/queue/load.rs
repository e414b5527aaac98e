//! Reads as much of a class as a decision needs, under the lock of its row.

use crate::error::AppError;
use crate::service::Context;
use crate::service::policies::{JudgedClass, Versions};
use crate::store::{
    self, ClassSession, ClassSessionRow, Conn, EntryRow, MissedBookingRow, NewClassSession, SessionDue,
    SessionLock, StoreError, Unlocked,
};
use chrono::NaiveDate;
use logic::ids::{BookingId, ProfileId, ScheduleId, SessionId, Ticket, WaitlistId};
use logic::makeup::{MakeupTerms, MissedBooking, TargetClass, makeup_terms};
use logic::session::{EntryFacts, Offer, Session, WaitingEntry};
use logic::status::SessionStatus;
use logic::{Code, Instant, Minutes, Refusal, deadline};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A class whose row is locked until the transaction ends.
#[derive(Debug)]
pub struct Locked {
    /// Which class.
    pub class: JudgedClass,
    /// Its queue, as loaded and as changed since.
    pub state: Session,
    /// The due times in its row.
    pub(super) due: SessionDue,
    /// The revision of its row.
    pub(super) revision: i64,
    /// The rows of the tickets that events may name.
    pub(super) ids: HashMap<Ticket, WaitlistId>,
    /// The ended or live entries in this queue of the profiles whose facts were loaded.
    pub(super) entries: HashMap<ProfileId, WaitlistId>,
}

impl Locked {
    /// Locks a class and reads its counters and live offers; `None` if it has no row.
    pub async fn lock(
        context: &Context,
        conn: &mut Conn,
        tx: Unlocked,
        id: SessionId,
    ) -> Result<Option<(Self, SessionLock)>, AppError> {
        let Some((row, lock)) = tx.lock_session(conn, id).await? else { return Ok(None) };
        Ok(Some((Self::load(context, conn, row).await?, lock)))
    }

    /// Locks a class that is known to exist.
    ///
    /// # Errors
    /// `not_found` if it is gone.
    pub async fn lock_existing(
        context: &Context,
        conn: &mut Conn,
        tx: Unlocked,
        id: SessionId,
    ) -> Result<(Self, SessionLock), AppError> {
        Self::lock(context, conn, tx, id).await?.ok_or_else(|| Refusal::from(Code::NotFound).into())
    }

    /// Locks the class of a slot and a day; `None` if it has no row.
    pub async fn lock_slot(
        context: &Context,
        conn: &mut Conn,
        tx: Unlocked,
        schedule: ScheduleId,
        date: NaiveDate,
    ) -> Result<Option<(Self, SessionLock)>, AppError> {
        let Some((row, lock)) = tx.lock_slot(conn, schedule, date).await? else { return Ok(None) };
        Ok(Some((Self::load(context, conn, row).await?, lock)))
    }

    /// Locks classes, in the order of their ids.
    pub async fn lock_all(
        context: &Context,
        conn: &mut Conn,
        tx: Unlocked,
        ids: &BTreeSet<SessionId>,
    ) -> Result<Vec<Self>, AppError> {
        let (rows, _) = tx.lock_sessions(conn, ids).await?;
        let mut classes = Vec::with_capacity(rows.len());
        for row in rows {
            classes.push(Self::load(context, conn, row).await?);
        }
        Ok(classes)
    }

    /// A class that nobody asked for yet and that has no row, to be judged but not changed.
    ///
    /// # Errors
    /// `unavailable` if this program cannot use the version of the policy that judges it.
    pub fn without_row(
        context: &Context,
        versions: &Versions,
        class: &NewClassSession,
    ) -> Result<Self, AppError> {
        let policy = versions.of_class(class)?;
        Ok(Self {
            state: Session {
                start: class.starts_at,
                utc_offset: context.utc_offset(context.clock.now()),
                status: SessionStatus::Scheduled,
                on_timetable: true,
                capacity: class.capacity,
                booked: 0,
                queue_capacity: class.queue_capacity,
                next_ticket: Ticket(1),
                offers: Vec::new(),
                queue_front: Vec::new(),
                waiting: 0,
            },
            class: JudgedClass::new(
                ClassSession {
                    // No row has this id.
                    id: SessionId(0),
                    course_schedule_id: class.course_schedule_id,
                    booking_date: class.booking_date,
                    starts_at: class.starts_at,
                    ends_at: class.ends_at,
                    duration_minutes: class.duration_minutes,
                    policy_id: None,
                },
                policy,
            ),
            due: SessionDue { at: None, offers_at: None, freed_at: None, call_off_at: None },
            revision: 0,
            ids: HashMap::new(),
            entries: HashMap::new(),
        })
    }

    async fn load(context: &Context, conn: &mut Conn, row: ClassSessionRow) -> Result<Self, AppError> {
        let ClassSessionRow { class, queue_capacity, counters, status, due, on_timetable, revision, .. } =
            row;
        let class = context.policies.judge(&mut *conn, class).await?;
        let mut locked = Self {
            state: Session {
                start: class.starts_at,
                // Quiet hours are those of the night that it is, not of the class's day.
                utc_offset: context.utc_offset(context.clock.now()),
                status,
                on_timetable,
                capacity: counters.capacity,
                booked: counters.booked,
                queue_capacity,
                next_ticket: counters.next_ticket,
                offers: Vec::new(),
                queue_front: Vec::new(),
                waiting: counters.waiting,
            },
            class,
            due,
            revision,
            ids: HashMap::new(),
            entries: HashMap::new(),
        };
        if counters.held > 0 {
            locked.load_offers(conn).await?;
        }
        Ok(locked)
    }

    async fn load_offers(&mut self, conn: &mut Conn) -> Result<(), AppError> {
        for row in store::waitlist_list_offers(conn, self.class.id).await? {
            let (Some(sent_at), Some(deadline)) = (row.last_notified_at, row.response_deadline) else {
                let found = "no time of the offer, or no deadline";
                return Err(StoreError::unexpected("waitlist", row.id.0, "an offer", found).into());
            };
            self.ids.insert(row.position, row.id);
            self.state.offers.push(Offer {
                ticket: row.position,
                profile: row.profile_id,
                round: row.notification_round,
                sent_at,
                deadline,
            });
        }
        Ok(())
    }

    /// Loads the front of the queue as [`Session::queue_front`] needs it.
    pub(super) async fn load_queue_front(
        &mut self,
        conn: &mut Conn,
        needed: u32,
        now: Instant,
    ) -> Result<(), AppError> {
        self.state.queue_front.clear();
        if needed == 0 || self.state.waiting == 0 {
            return Ok(());
        }
        let rested = deadline::notification_interval_cutoff(now, &self.class.policy);
        let needed = usize::try_from(needed).unwrap_or(usize::MAX);
        let mut wanted = needed;
        let (mut rows, lapsed) = loop {
            let limit = u32::try_from(wanted).unwrap_or(u32::MAX);
            let rows = store::waitlist_list_rested(conn, self.class.id, rested, limit).await?;
            let lapsed = self.lapsed_makeups(conn, &rows, now).await?;
            if rows.len() < wanted || rows.len() - lapsed.len() >= needed {
                break (rows, lapsed);
            }
            wanted = needed + lapsed.len();
        };
        if rows.len() - lapsed.len() < needed {
            let limit = Session::SOONEST_INSIDE_INTERVAL;
            rows.extend(store::waitlist_list_resting(conn, self.class.id, rested, limit).await?);
        }
        rows.sort_by_key(|row| row.position);
        for row in rows {
            self.ids.insert(row.position, row.id);
            self.state.queue_front.push(WaitingEntry {
                ticket: row.position,
                profile: row.profile_id,
                last_notified_at: row.last_notified_at,
                round: row.notification_round,
                lapsed: lapsed.contains(&row.position),
            });
        }
        Ok(())
    }

    /// Those of the entries that wait to make up a booking which cannot be made up any more. Their profiles are not locked:
    /// what another transaction does at the same time is found by the sweep ([`makeup::lapse`](crate::service::makeup::lapse)).
    async fn lapsed_makeups(
        &self,
        conn: &mut Conn,
        rows: &[EntryRow],
        now: Instant,
    ) -> Result<HashSet<Ticket>, AppError> {
        let originals: Vec<BookingId> = rows.iter().filter_map(|row| row.makeup_for).collect();
        if originals.is_empty() {
            return Ok(HashSet::new());
        }
        let missed = store::booking_list_missed(conn, &originals).await?;
        let has_lapsed = |row: &&EntryRow| {
            // The join was asked for the category.
            let terms = |original| self.makeup_terms(&missed, (row.profile_id, original), |_| true, now);
            row.makeup_for.is_some_and(|original| terms(original).is_err())
        };
        Ok(rows.iter().filter(has_lapsed).map(|row| row.position).collect())
    }

    /// The terms on which a profile makes one of the `missed` bookings up in this class, or why it cannot. A seat, and whether
    /// the profile has another class at that time, are asked for elsewhere.
    pub(super) fn makeup_terms(
        &self,
        missed: &[MissedBookingRow],
        (profile, booking): (ProfileId, BookingId),
        is_of_category: impl FnOnce(&str) -> bool,
        now: Instant,
    ) -> Result<MakeupTerms, Code> {
        // A sibling's booking does not count.
        let row = missed.iter().find(|row| row.id == booking && row.profile_id == profile);
        let row = row.ok_or(Code::NotFound)?;
        let target = TargetClass {
            start: self.class.starts_at,
            duration: Minutes(i64::from(self.class.duration_minutes)),
            same_category: is_of_category(&row.category),
            time_conflict: false,
        };
        makeup_terms(&MissedBooking::from(row), &target, now, &self.class.policy)
    }

    /// The facts of an entry of this class. Its row is kept for events that will name its ticket.
    pub(super) fn facts(&mut self, row: &EntryRow) -> EntryFacts {
        self.ids.insert(row.position, row.id);
        entry_facts(row)
    }

    /// The row of a ticket that was loaded.
    pub(in crate::service) fn id_of(&self, ticket: Ticket) -> Result<WaitlistId, AppError> {
        self.ids.get(&ticket).copied().ok_or_else(|| {
            AppError::Internal(anyhow::anyhow!(
                "no row was loaded for {ticket:?} of session {}",
                self.class.id
            ))
        })
    }
}

pub(super) fn entry_facts(row: &EntryRow) -> EntryFacts {
    EntryFacts {
        ticket: row.position,
        profile: row.profile_id,
        status: row.status,
        deadline: row.response_deadline,
        last_notified_at: row.last_notified_at,
        round: row.notification_round,
    }
}

/// An entry of a locked class, and the missed booking that it waits to make up.
///
/// # Errors
/// `not_found` if the class has no such entry.
pub async fn entry_by_id(
    conn: &mut Conn,
    locked: &mut Locked,
    id: WaitlistId,
) -> Result<(EntryFacts, Option<BookingId>), AppError> {
    let row = store::waitlist_get(conn, id, locked.class.id)
        .await?
        .ok_or_else(|| AppError::not_found(format!("there is no waitlist entry {id}")))?;
    Ok((locked.facts(&row), row.makeup_for))
}

/// The live entries of a locked class that wait to make a missed booking up, and which: those without an offer first, in
/// their order.
pub async fn waiting_makeups(
    conn: &mut Conn,
    locked: &mut Locked,
) -> Result<Vec<(EntryFacts, BookingId)>, AppError> {
    let rows = store::waitlist_list_makeups(conn, locked.class.id).await?;
    let missed = |row: &EntryRow| {
        row.makeup_for
            .ok_or_else(|| StoreError::unexpected("waitlist", row.id.0, "a booking to make up", "none"))
    };
    rows.iter().map(|row| Ok((locked.facts(row), missed(row)?))).collect()
}
