//! What the desk of the gym reads: a day at a glance, one class with its people, and one child. Each is a fixed number of
//! statements, however many people there are.

mod child;

use super::Context;
use super::policies::ClassPolicy;
use super::sessions::Judged;
use super::{audit, guardians, sessions, shapes};
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, BookingRow, LastMessage, ProfileDetails, QueuedEntry};
use chrono::NaiveDate;
use contract::shapes::{
    DeskBooking, DeskClass, DeskDay, DeskEntry, DeskProfile, DeskSession, Entry, Guardian, MAX_DESK_HISTORY,
    MAX_DESK_QUEUE, Makeup, Session, Unreachable,
};
use logic::Instant;
use logic::attendance::counts_unmarked;
use logic::booking;
use logic::deadline::notifiable_from;
use logic::ids::{ProfileId, ScheduleId, SessionId};
use logic::policy::CAPACITY_MAX;
use logic::status::{EntryStatus, MessageDelivery, Role, SessionStatus};
use std::collections::{BTreeMap, HashMap};

pub use child::child;

/// `GET /desk/day`: the classes of a day, with what needs a person.
pub async fn day(
    context: &Context,
    caller: &Caller,
    date: NaiveDate,
    now: Instant,
) -> Result<DeskDay, AppError> {
    let classes = sessions::between(context, None, date, date, now).await?;
    let conn = &mut *context.pool.acquire().await?;
    let rosters = store::booking_count_rosters(conn, date).await?;
    let offers = store::waitlist_count_offers(conn, date).await?;
    let untold: Vec<LastMessage> = store::message_list_last(conn, date, None)
        .await?
        .into_iter()
        .filter(|last| !reached(last.delivery))
        .collect();
    let ids: Vec<ProfileId> = untold.iter().map(|last| last.profile_id).collect();
    let people = store::profile_list_details(conn, &ids).await?;
    let mut unreachable: HashMap<ScheduleId, Vec<Unreachable>> = HashMap::new();
    for LastMessage { course_schedule_id, profile_id, .. } in untold {
        if let Some(DeskProfile { id, name, phone, .. }) = profile(caller, &people, profile_id) {
            let child = Unreachable { profile_id: id, name, phone };
            unreachable.entry(course_schedule_id).or_default().push(child);
        }
    }
    let class = |Judged { session, .. }: Judged| {
        let slot = session.course_schedule_id;
        let roster = rosters.get(&slot).copied().unwrap_or_default();
        let offered = offers.get(&slot).copied().unwrap_or_default();
        let takes_place = session.status == SessionStatus::Scheduled;
        let is_asked = takes_place && counts_unmarked(session.starts_at, now);
        DeskClass {
            coach: session.coach.clone(),
            room: session.room.clone(),
            roster: roster.roster,
            offers: offered.offers,
            next_deadline: offered.next_deadline,
            waiting: session.waiting,
            free_while_waiting: free_while_waiting(&session),
            unmarked: if is_asked { roster.unmarked } else { 0 },
            unreachable: unreachable.remove(&slot).unwrap_or_default(),
            session,
        }
    };
    Ok(DeskDay { date, items: classes.into_iter().map(class).collect() })
}

/// `GET /desk/sessions/{id}/{date}`: one class with its people.
///
/// # Errors
/// `not_found` if there is no such class on that day.
pub async fn session(
    context: &Context,
    caller: &Caller,
    (schedule, date): (ScheduleId, NaiveDate),
    now: Instant,
) -> Result<DeskSession, AppError> {
    let Judged { session, row, policy } = sessions::judged(context, schedule, date, now).await?;
    let shows_history = caller.is_at_least(Role::Staff);
    let Some(row) = row else {
        let history = shows_history.then(Vec::new);
        return Ok(DeskSession {
            session,
            roster: Vec::new(),
            queue: Vec::new(),
            queue_total: 0,
            free_while_waiting: 0,
            offers: Vec::new(),
            history,
        });
    };
    let class = Class::load(context, &session, row, shows_history).await?;
    let (queue_total, free_while_waiting) = (session.waiting, free_while_waiting(&session));
    let entry =
        |entry: QueuedEntry, rank| class.entry(context, caller, (&session, &policy), entry, rank, now);
    let queue =
        class.waiting.iter().cloned().zip(1..).filter_map(|(row, rank)| entry(row, Some(rank))).collect();
    let mut offers: Vec<DeskEntry> =
        class.offered.iter().cloned().filter_map(|row| entry(row, None)).collect();
    offers.sort_by_key(|offer| offer.deadline);
    let roster = class.roster.iter().filter_map(|row| class.booking(caller, row, &policy)).collect();
    Ok(DeskSession {
        session,
        roster,
        queue,
        queue_total,
        free_while_waiting,
        offers,
        history: class.history,
    })
}

/// The rows of a class and of its people.
struct Class {
    roster: Vec<BookingRow>,
    waiting: Vec<QueuedEntry>,
    offered: Vec<QueuedEntry>,
    makeups: HashMap<ProfileId, Makeup>,
    people: BTreeMap<ProfileId, ProfileDetails>,
    families: HashMap<ProfileId, Vec<Guardian>>,
    deliveries: HashMap<ProfileId, MessageDelivery>,
    history: Option<Vec<contract::shapes::AuditEntry>>,
}

impl Class {
    async fn load(
        context: &Context,
        session: &Session,
        row: SessionId,
        shows_history: bool,
    ) -> Result<Self, AppError> {
        let name = (session.course_schedule_id, session.booking_date);
        let conn = &mut *context.pool.acquire().await?;
        let roster = store::booking_list_roster(conn, row).await?;
        let waiting = store::waitlist_list_queued(conn, row, EntryStatus::Waiting, MAX_DESK_QUEUE).await?;
        let offered = store::waitlist_list_queued(conn, row, EntryStatus::Notified, CAPACITY_MAX).await?;
        let makeups = store::makeup_booking_list_in_class(conn, name.0, name.1).await?;
        let booked: Vec<ProfileId> = roster.iter().map(|row| row.profile_id).collect();
        let mut everybody: Vec<ProfileId> =
            waiting.iter().chain(&offered).map(|row| row.profile_id).collect();
        everybody.extend(&booked);
        let people = store::profile_list_details(conn, &everybody).await?;
        let families = guardians::families(conn, &booked).await?;
        let last = store::message_list_last(conn, name.1, Some(name.0)).await?;
        let history = if shows_history {
            let subject = audit::class_subject(name);
            let rows = store::audit_list_of_class(conn, (row, &subject), name, MAX_DESK_HISTORY).await?;
            Some(rows.into_iter().map(audit::shape).collect())
        } else {
            None
        };
        Ok(Self {
            roster,
            waiting,
            offered,
            makeups: makeups.into_iter().map(|row| (row.profile_id, shapes::makeup(row))).collect(),
            people,
            families,
            deliveries: last.into_iter().map(|last| (last.profile_id, last.delivery)).collect(),
            history,
        })
    }

    /// `None` for a child that has just been deleted.
    fn booking(&self, caller: &Caller, row: &BookingRow, policy: &ClassPolicy) -> Option<DeskBooking> {
        let is_makeup = row.source == logic::status::BookingSource::Makeup;
        Some(DeskBooking {
            booking: shapes::booking(row, policy.id()),
            profile: profile(caller, &self.people, row.profile_id)?,
            makeup: self.makeups.get(&row.profile_id).filter(|_| is_makeup).cloned(),
            guardians: self.families.get(&row.profile_id).cloned().unwrap_or_default(),
        })
    }

    fn entry(
        &self,
        context: &Context,
        caller: &Caller,
        (session, policy): (&Session, &ClassPolicy),
        row: QueuedEntry,
        rank: Option<u32>,
        now: Instant,
    ) -> Option<DeskEntry> {
        let told = (row.join_time, row.last_notified_at);
        let (notifiable_at, refusal) = match rank {
            None => (None, None),
            Some(_) => {
                let offset = context.utc_offset(now);
                match notifiable_from(session.starts_at, told, now, offset, policy) {
                    Ok(at) => (Some(at), None),
                    Err(code) => (None, Some(code.as_str().to_owned())),
                }
            }
        };
        Some(DeskEntry {
            profile: profile(caller, &self.people, row.profile_id)?,
            rank,
            notifiable_at,
            refusal,
            deadline: row.response_deadline.filter(|_| rank.is_none()),
            delivery: self.deliveries.get(&row.profile_id).copied(),
            entry: entry(session, row, rank),
        })
    }
}

/// An entry without its chance, which moves with every minute.
fn entry(session: &Session, row: QueuedEntry, rank: Option<u32>) -> Entry {
    Entry {
        id: row.id,
        profile_id: row.profile_id,
        course_schedule_id: session.course_schedule_id,
        booking_date: session.booking_date,
        course_name: session.course_name.clone(),
        starts_at: session.starts_at,
        position: Some(rank.unwrap_or(0)),
        status: row.status,
        join_time: row.join_time,
        last_notified_at: row.last_notified_at,
        confirmed_at: row.confirmed_at,
        expires_at: session.last_notification_at,
        response_deadline: row.response_deadline,
        makeup_for: row.makeup_for,
        chance: None,
        chance_known: false,
        policy_id: session.policy_id,
    }
}

/// A child as the caller may see it: a coach sees no phone.
fn profile(
    caller: &Caller,
    people: &BTreeMap<ProfileId, ProfileDetails>,
    id: ProfileId,
) -> Option<DeskProfile> {
    let ProfileDetails { name, note, phone, .. } = people.get(&id)?.clone();
    let phone = phone.filter(|_| caller.is_at_least(Role::Staff));
    Some(DeskProfile { id, name, note, phone })
}

/// The seats of a class that are neither booked nor held while somebody waits.
fn free_while_waiting(session: &Session) -> u32 {
    let free = booking::free_seats(session.capacity, session.booked, session.held);
    booking::free_while_waiting(session.status, session.waiting, free)
}

/// Whether a message reached somebody, or still may.
fn reached(delivery: MessageDelivery) -> bool {
    !matches!(delivery, MessageDelivery::Undeliverable | MessageDelivery::Failed)
}
