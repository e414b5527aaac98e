//! What a batch of joins has to know of its profiles, in as many statements as one join.

use super::load::{EntryRow, Locked, SessionRow, entry_select};
use crate::db::Conn;
use crate::db::many::push_ids;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use logic::session::EntryFacts;
use logic::status::EntryStatus;
use sqlx::{MySql, QueryBuilder};
use std::collections::HashMap;

/// A profile, locked.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whose it is.
    pub account: AccountId,
    /// It has a live booking in the session.
    pub booked: bool,
}

/// A profile's places in queues.
#[derive(Debug, Default)]
pub struct Queued {
    /// Its row in this session's queue.
    pub here: Option<(i64, EntryFacts)>,
    /// The last instants of its waits and offers elsewhere.
    elsewhere: Vec<Instant>,
}

impl Queued {
    /// Live entries in other sessions: those that wait before their list closes, and open offers.
    pub fn active_elsewhere(&self, now: Instant) -> u32 {
        u32::try_from(self.elsewhere.iter().filter(|until| **until >= now).count()).unwrap_or(u32::MAX)
    }
}

/// Locks the profiles, in the order of their ids, under their session's lock. Those that are not there are left out.
/// With them comes the name of the session's course.
///
/// # Errors
/// The database's.
pub async fn lock_profiles(
    conn: &mut Conn,
    session: &SessionRow,
    profiles: &[ProfileId],
) -> Result<(String, HashMap<ProfileId, Standing>), AppError> {
    // What stands in other tables is read, not locked: the session's lock keeps its bookings as they are.
    let mut select = QueryBuilder::<MySql>::new(
        "SELECT p.id, p.account_id, EXISTS(SELECT 1 FROM booking b WHERE b.session_id = ",
    );
    select
        .push_bind(session.id)
        .push(
            " AND b.live_profile_id = p.id) AS booked, (SELECT c.name FROM course_schedule t \
             JOIN course c ON c.id = t.course_id WHERE t.id = ",
        )
        .push_bind(session.schedule.0)
        .push(") AS course_name FROM profile p FORCE INDEX (PRIMARY) WHERE p.id IN ");
    push_ids(&mut select, &numbers(profiles));
    select.push(" ORDER BY p.id FOR UPDATE");
    let rows: Vec<(i64, i64, bool, String)> = select.build_query_as().fetch_all(conn).await?;
    let course_name = rows.first().map(|row| row.3.clone()).unwrap_or_default();
    let standing = rows
        .into_iter()
        .map(|(id, account, booked, _)| (ProfileId(id), Standing { account: AccountId(account), booked }));
    Ok((course_name, standing.collect()))
}

#[derive(sqlx::FromRow)]
struct QueuedRow {
    session_id: i64,
    expires_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    entry: EntryRow,
}

/// What the profiles have in queues: their rows in this one, and what is alive elsewhere. Read after the profiles
/// are locked, so that it stands still.
///
/// # Errors
/// The database's.
pub async fn queued_of_profiles(
    conn: &mut Conn,
    locked: &mut Locked,
    profiles: &[ProfileId],
) -> Result<HashMap<ProfileId, Queued>, AppError> {
    let mut select =
        QueryBuilder::<MySql>::new(entry_select!("session_id, expires_at", "WHERE profile_id IN "));
    push_ids(&mut select, &numbers(profiles));
    select
        .push(" AND (status IN ('waiting', 'notified') OR session_id = ")
        .push_bind(locked.row.id)
        .push(")");
    let rows: Vec<QueuedRow> = select.build_query_as().fetch_all(conn).await?;
    let mut all: HashMap<ProfileId, Queued> = HashMap::with_capacity(profiles.len());
    for row in rows {
        let facts = row.entry.facts()?;
        let queued = all.entry(facts.profile).or_default();
        if row.session_id == locked.row.id {
            locked.remember(row.entry.id, &facts);
            queued.here = Some((row.entry.id, facts));
        } else {
            let until = match facts.status {
                EntryStatus::Waiting => row.expires_at.map(Instant::from),
                _ => facts.deadline,
            };
            queued.elsewhere.extend(until);
        }
    }
    Ok(all)
}

fn numbers(profiles: &[ProfileId]) -> Vec<i64> {
    profiles.iter().map(|profile| profile.0).collect()
}
