//! What locked profiles have to do with a locked class: their bookings, their leave, and their entries in queues.

use super::makeup_booking::has_live_makeup;
use super::many::{id_pieces, push_ids};
use super::{ClassSession, Conn, EntryRow, ProfileLock, Result, sql};
use logic::Instant;
use logic::ids::{BookingId, ProfileId, SessionId, WaitlistId};
use sqlx::mysql::MySqlRow;
use sqlx::{FromRow, MySql, QueryBuilder, Row};

/// What a locked profile has to do with a locked class, and one of its entries: the one in that queue, or one that is
/// alive elsewhere. A profile has a row for each entry, or one without.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileFactsRow {
    pub profile: ProfileId,
    /// The class's course.
    pub course_name: String,
    pub category: String,
    /// Whether the profile has a live booking in the class.
    pub booked: bool,
    /// Whether a live booking of it overlaps the class.
    pub time_conflict: bool,
    /// Its places in classes that have not ended.
    #[sqlx(try_from = "i64")]
    pub live_bookings: u32,
    /// Its leave from the class, or a cancelled booking in it, that gives a right to a makeup.
    pub leave_booking: Option<BookingId>,
    pub leave_made_up: bool,
    #[sqlx(flatten)]
    pub entry: JoinedEntry,
}

/// The entry of a LEFT JOIN.
#[derive(Clone, Debug)]
pub struct JoinedEntry(pub Option<ProfileEntryRow>);

/// An entry of a profile, and when its list closes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileEntryRow {
    pub session_id: SessionId,
    pub expires_at: Option<Instant>,
    #[sqlx(flatten)]
    pub entry: EntryRow,
}

impl FromRow<'_, MySqlRow> for JoinedEntry {
    fn from_row(row: &MySqlRow) -> sqlx::Result<Self> {
        let id: Option<WaitlistId> = row.try_get("id")?;
        Ok(Self(id.map(|_| ProfileEntryRow::from_row(row)).transpose()?))
    }
}

/// What locked profiles have to do with a locked class; overlaps, leave and the
/// places in classes that have not ended by an instant are looked up only where a seat is wanted, as of that instant.
pub async fn profile_facts(
    conn: &mut Conn,
    class: &ClassSession,
    profiles: &[ProfileLock],
    seat: Option<Instant>,
) -> Result<Vec<ProfileFactsRow>> {
    let profiles: Vec<ProfileId> = profiles.iter().map(ProfileLock::id).collect();
    let mut facts = Vec::with_capacity(profiles.len());
    for piece in id_pieces(&profiles) {
        // The facts are a table of their own: beside the entries, MySQL looks them up again for each entry.
        let mut select = QueryBuilder::<MySql>::new(sql!(
            profile_facts,
            "SELECT f.profile, f.course_name, f.category, f.booked, f.time_conflict, f.live_bookings, f.leave_booking, \
             f.leave_made_up, w.session_id, w.expires_at, w.id, w.profile_id, w.`position`, w.status, \
             w.last_notified_at, w.notification_round, w.response_deadline, w.makeup_for \
             FROM (SELECT p.id AS profile, c.name AS course_name, c.category, \
             EXISTS (SELECT 1 FROM booking b WHERE b.session_id = "
        ));
        select.push_bind(class.id).push(" AND b.live_profile_id = p.id) AS booked, ");
        if let Some(now) = seat {
            select
                .push(
                    "EXISTS (SELECT 1 FROM booking b JOIN class_session s ON s.id = b.session_id \
                     WHERE b.profile_id = p.id AND b.status IN ('booked', 'completed', 'absent') AND b.session_id <> ",
                )
                .push_bind(class.id)
                .push(" AND s.starts_at < ")
                .push_bind(class.ends_at)
                .push(" AND s.ends_at > ")
                .push_bind(class.starts_at)
                .push(
                    ") AS time_conflict, (SELECT COUNT(*) FROM booking b JOIN class_session s ON s.id = b.session_id \
                     WHERE b.profile_id = p.id AND b.status = 'booked' AND s.ends_at > ",
                )
                .push_bind(now)
                .push(
                    ") AS live_bookings, (SELECT MAX(b.id) FROM booking b WHERE b.profile_id = p.id \
                     AND (b.status = 'leave' OR b.given_until IS NOT NULL) AND b.session_id = ",
                )
                .push_bind(class.id)
                .push(concat!(
                    ") AS leave_booking, EXISTS (SELECT 1 FROM booking b WHERE b.profile_id = p.id \
                     AND (b.status = 'leave' OR b.given_until IS NOT NULL) AND ",
                    has_live_makeup!("b.id"),
                    " AND b.session_id = "
                ))
                .push_bind(class.id)
                .push(") AS leave_made_up");
        } else {
            select.push(
                "FALSE AS time_conflict, 0 AS live_bookings, NULL AS leave_booking, FALSE AS leave_made_up",
            );
        }
        select
            .push(" FROM profile p JOIN course_schedule t ON t.id = ")
            .push_bind(class.course_schedule_id)
            .push(" JOIN course c ON c.id = t.course_id WHERE p.id IN ");
        push_ids(&mut select, piece);
        select
            .push(
                ") f LEFT JOIN waitlist w ON w.profile_id = f.profile \
                 AND (w.status IN ('waiting', 'notified') OR w.session_id = ",
            )
            .push_bind(class.id)
            .push(")");
        facts.extend(select.build_query_as::<ProfileFactsRow>().fetch_all(&mut *conn).await?);
    }
    Ok(facts)
}
