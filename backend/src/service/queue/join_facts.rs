//! What a batch of joins has to know of its profiles, in as many statements as one join.

use super::load::Locked;
use crate::error::AppError;
use crate::store::{self, Conn};
use logic::Instant;
use logic::ids::{AccountId, ProfileId, WaitlistId};
use logic::session::EntryFacts;
use logic::status::EntryStatus;
use std::collections::HashMap;

/// A locked profile that wants to join.
#[derive(Clone, Copy, Debug)]
pub struct Joiner {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Whether it has a live booking in the class.
    pub booked: bool,
}

/// The places of a profile in queues.
#[derive(Debug, Default)]
pub struct Queued {
    /// Its entry in the queue of the class.
    pub here: Option<(WaitlistId, EntryFacts)>,
    /// The last instants of its waits and offers in other classes.
    elsewhere: Vec<Instant>,
}

impl Queued {
    /// Live entries in other classes: those that wait before their list closes, and open offers.
    pub fn active_elsewhere(&self, now: Instant) -> u32 {
        u32::try_from(self.elsewhere.iter().filter(|until| **until >= now).count()).unwrap_or(u32::MAX)
    }
}

/// Locks the profiles, in the order of their ids, under the lock of their class. Those that do not exist are left out.
/// Also returns the name of the class's course.
///
/// # Errors
/// The profiles cannot be read.
pub async fn lock_joiners(
    conn: &mut Conn,
    locked: &Locked,
    profiles: &[ProfileId],
) -> Result<(String, HashMap<ProfileId, Joiner>), AppError> {
    let rows = store::profile_lock_joiners(conn, &locked.class, profiles).await?;
    let course_name = rows.first().map(|row| row.course_name.clone()).unwrap_or_default();
    let joiners = rows.iter().map(|row| (row.id, Joiner { account: row.account_id, booked: row.booked }));
    Ok((course_name, joiners.collect()))
}

/// What the profiles have in queues: their entries in this class, and what is alive elsewhere. Read after the profiles
/// are locked, so that it does not change.
///
/// # Errors
/// The entries cannot be read.
pub async fn queued_of_profiles(
    conn: &mut Conn,
    locked: &mut Locked,
    profiles: &[ProfileId],
) -> Result<HashMap<ProfileId, Queued>, AppError> {
    let rows = store::waitlist_list_of_joiners(conn, locked.class.id, profiles).await?;
    let mut all: HashMap<ProfileId, Queued> = HashMap::with_capacity(profiles.len());
    for row in rows {
        let queued = all.entry(row.entry.profile_id).or_default();
        if row.session_id == locked.class.id {
            queued.here = Some((row.entry.id, locked.facts(&row.entry)));
        } else {
            let until = match row.entry.status {
                EntryStatus::Waiting => row.expires_at,
                _ => row.entry.response_deadline,
            };
            queued.elsewhere.extend(until);
        }
    }
    Ok(all)
}
