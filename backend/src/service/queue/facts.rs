//! What the rules have to know of locked profiles before they decide about a locked class: for one profile or for many
//! in one statement, and in a second one where missed classes are to be made up.

use super::load::Locked;
use crate::error::AppError;
use crate::store::{self, Conn, ProfileLock, StoreError};
use logic::ids::{BookingId, ProfileId};
use logic::makeup::MakeupTerms;
use logic::session::{Actor, BookerFacts, ConfirmFacts, EntryFacts, JoinerFacts, LeaveFacts, Purpose};
use logic::status::EntryStatus;
use logic::{Code, Instant};
use std::collections::HashMap;
use std::slice;

/// What profiles want of a class.
#[derive(Clone, Copy, Debug)]
pub enum Want<'a> {
    /// A place in its queue.
    Queue,
    /// A seat, as of an instant.
    Seat(Instant),
    /// A seat, or a place in the queue for one, that makes up the booking that each of them missed, as of an instant.
    Makeup(&'a [(ProfileId, BookingId)], Instant),
}

impl<'a> Want<'a> {
    /// `otherwise`, unless a booking is to be made up.
    pub fn makeup_or(missed: Option<&'a (ProfileId, BookingId)>, now: Instant, otherwise: Self) -> Self {
        missed.map_or(otherwise, |missed| Self::Makeup(slice::from_ref(missed), now))
    }
}

/// What a locked profile has to do with a locked class, and what it has elsewhere.
#[derive(Debug)]
pub struct ProfileFacts {
    profile: ProfileId,
    already_booked: bool,
    time_conflict: bool,
    /// Its places in classes that have not ended.
    live_bookings: u32,
    leave: Option<LeaveFacts>,
    entry: Option<EntryFacts>,
    /// The last instants of its waits and offers in other classes.
    elsewhere: Vec<Instant>,
    /// The booking to make up, and the terms or why it cannot be.
    makeup: Option<(BookingId, Result<MakeupTerms, Code>)>,
    /// When the class ends.
    class_ends_at: Instant,
    /// The name of the class's course.
    pub course_name: String,
}

impl ProfileFacts {
    /// The facts of the profiles. Their locks and the class's keep them as they are until the transaction ends.
    pub async fn load_all(
        conn: &mut Conn,
        locked: &mut Locked,
        profiles: &[ProfileLock],
        want: Want<'_>,
    ) -> Result<HashMap<ProfileId, Self>, AppError> {
        let mut all: HashMap<ProfileId, Self> = HashMap::with_capacity(profiles.len());
        if profiles.is_empty() {
            return Ok(all);
        }
        let mut category = String::new();
        let seat = match want {
            Want::Queue => None,
            Want::Seat(now) | Want::Makeup(_, now) => Some(now),
        };
        for row in store::profile_facts(conn, &locked.class, profiles, seat).await? {
            category = row.category;
            let made_up = row.leave_made_up;
            let facts = all.entry(row.profile).or_insert_with(|| Self {
                profile: row.profile,
                already_booked: row.booked,
                time_conflict: row.time_conflict,
                live_bookings: row.live_bookings,
                leave: row.leave_booking.map(|booking| LeaveFacts { booking, made_up }),
                entry: None,
                elsewhere: Vec::new(),
                makeup: None,
                class_ends_at: locked.class.ends_at,
                course_name: row.course_name,
            });
            let Some(row) = row.entry.0 else { continue };
            if row.session_id == locked.class.id {
                locked.entries.insert(row.entry.profile_id, row.entry.id);
                facts.entry = Some(locked.facts(&row.entry));
            } else {
                let until = match row.entry.status {
                    EntryStatus::Waiting => row.expires_at,
                    _ => row.entry.response_deadline,
                };
                let missing = || StoreError::unexpected("waitlist", row.entry.id.0, "an end", "none");
                facts.elsewhere.push(until.ok_or_else(missing)?);
            }
        }
        if let Want::Makeup(missed, now) = want {
            let ids: Vec<BookingId> = missed.iter().map(|(_, booking)| *booking).collect();
            let rows = store::booking_list_missed(conn, &ids).await?;
            for (profile, booking) in missed {
                let terms = locked.makeup_terms(&rows, (*profile, *booking), |its| its == category, now);
                if let Some(facts) = all.get_mut(profile) {
                    facts.makeup = Some((*booking, terms));
                }
            }
        }
        Ok(all)
    }

    /// The facts of one profile.
    pub async fn load(
        conn: &mut Conn,
        locked: &mut Locked,
        profile: &ProfileLock,
        want: Want<'_>,
    ) -> Result<Self, AppError> {
        let id = profile.id();
        let all = Self::load_all(conn, locked, slice::from_ref(profile), want).await?;
        all.into_values().next().ok_or_else(|| AppError::not_found(format!("there is no profile {id}")))
    }

    /// When the profile was last offered a seat of this class.
    pub fn last_notified_at(&self) -> Option<Instant> {
        self.entry.as_ref()?.last_notified_at
    }

    /// Whether what is to be made up can be.
    pub fn may_make_up(&self) -> Result<(), Code> {
        self.makeup.as_ref().map_or(Ok(()), |(_, terms)| terms.map(|_| ()))
    }

    /// For a join.
    pub fn joiner(self, by: Actor, now: Instant) -> JoinerFacts {
        let active = self.elsewhere.iter().filter(|until| **until >= now).count();
        let conflict = if self.time_conflict { Err(Code::TimeConflict) } else { Ok(()) };
        JoinerFacts {
            by,
            profile: self.profile,
            already_booked: self.already_booked,
            active_waitlists: u32::try_from(active).unwrap_or(u32::MAX),
            makeup: self.makeup.map(|(booking, terms)| (booking, terms.and(conflict))),
            entry: self.entry,
        }
    }

    /// For a confirm.
    pub fn confirm(self) -> ConfirmFacts {
        ConfirmFacts {
            time_conflict: self.time_conflict,
            live_bookings: self.live_bookings,
            makeup: self.makeup.map(|(_, terms)| terms),
            leave: self.leave,
        }
    }

    /// For a direct booking that staff may make until the class ends.
    pub fn late_booker(self, by: Actor, purpose: Purpose) -> BookerFacts {
        BookerFacts { late_until: Some(self.class_ends_at), ..self.booker(by, purpose) }
    }

    /// For a direct booking, paid or not, or for a makeup where one is wanted.
    pub fn booker(self, by: Actor, purpose: Purpose) -> BookerFacts {
        BookerFacts {
            by,
            profile: self.profile,
            already_booked: self.already_booked,
            entry: self.entry,
            time_conflict: self.time_conflict,
            live_bookings: self.live_bookings,
            leave: self.leave,
            late_until: None,
            purpose: self.makeup.map_or(purpose, |(_, terms)| Purpose::Makeup(terms)),
        }
    }
}
