//! Bookings that were missed and may be made up: their rights, reminders and facts.

use super::{BookingRow, select};
use crate::paging::Paging;
use crate::store::list::{BindListParams, owned, page};
use crate::store::makeup_booking::has_live_makeup;
use crate::store::many::{id_pieces, push_ids};
use crate::store::sweep::DueQuery;
use crate::store::{Conn, MessageSubject, OwnerFilter, Result, sql};
use chrono::NaiveDate;
use logic::ids::{BookingId, PolicyId, ProfileId, ScheduleId, SessionId};
use logic::makeup::MissedBooking;
use logic::status::{BookingSource, BookingStatus};
use logic::{Instant, Minutes};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

/// A booking that its owner may want to make up.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MissedBookingRow {
    pub id: BookingId,
    pub profile_id: ProfileId,
    pub status: BookingStatus,
    pub source: BookingSource,
    /// Whether somebody recorded its attendance.
    pub is_recorded: bool,
    /// Whether it was ever paid with credit.
    pub paid: bool,
    /// The end of its right to a makeup; `None` if it gives none.
    pub makeup_until: Option<Instant>,
    /// Whether a live makeup makes it up.
    pub made_up: bool,
    pub starts_at: Instant,
    pub duration_minutes: Minutes,
    /// The version of the policy that judges its class; `None`: not fixed yet.
    pub policy_id: Option<PolicyId>,
    /// The category of its course.
    pub category: String,
}

impl From<&MissedBookingRow> for MissedBooking {
    fn from(row: &MissedBookingRow) -> Self {
        Self {
            booking: row.id,
            status: row.status,
            makeup_until: row.makeup_until,
            made_up: row.made_up,
            start: row.starts_at,
            duration: row.duration_minutes,
        }
    }
}

/// Whom a reminder about a missed booking goes to, and what it is about.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BookingNames {
    pub profile_id: ProfileId,
    pub profile_name: String,
    pub course_name: String,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
}

impl BookingNames {
    /// Returns the booking as the subject of a message.
    pub fn subject(&self, booking: BookingId) -> MessageSubject {
        MessageSubject {
            booking_id: Some(booking),
            course_schedule_id: Some(self.course_schedule_id),
            booking_date: Some(self.booking_date),
            ..MessageSubject::default()
        }
    }
}

/// Missed bookings without a reminder yet, by the end of their right to a makeup.
pub const BOOKING_UNREMINDED: DueQuery = DueQuery(sql!(
    booking_unreminded,
    "SELECT b.makeup_until, b.id FROM booking b \
     WHERE b.makeup_until <= ? AND (b.makeup_until > ? OR (b.makeup_until = ? AND b.id > ?)) \
     AND b.makeup_reminded_at IS NULL ORDER BY b.makeup_until, b.id LIMIT ?"
));

/// Missed bookings whose right to a makeup is not marked as ended yet, by its end.
pub const BOOKING_RIGHT_NOT_ENDED: DueQuery = DueQuery(sql!(
    booking_right_not_ended,
    "SELECT b.makeup_until, b.id FROM booking b \
     WHERE b.makeup_until <= ? AND (b.makeup_until > ? OR (b.makeup_until = ? AND b.id > ?)) \
     AND b.makeup_ended_at IS NULL ORDER BY b.makeup_until, b.id LIMIT ?"
));

/// A page of someone's bookings whose right to a makeup is open at `now` and unused, the earliest end first.
pub async fn booking_list_owed(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    now: Instant,
    list: &Paging,
) -> Result<Vec<BookingRow>> {
    // A count, which is asked for each booking: MariaDB reads the whole table for an EXISTS.
    Ok(sqlx::query_as(select!(
        booking_list_owed,
        "WHERE ",
        owned!("b.profile_id"),
        " AND b.makeup_until >= ? \
         AND (SELECT COUNT(*) FROM makeup_booking lm WHERE lm.live_original = b.id) = 0 AND ",
        page!("b.makeup_until", "b.id", oldest first)
    ))
    .bind_owner(owner)
    .bind(now)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// Up to `limit` bookings after `after` whose right to a makeup has not been fixed, in order of id: those that have no end
/// and are neither makeups nor given back their credit. Absences count where one of the versions `counting_absences` judges
/// the class, or none does for good.
pub async fn booking_list_without_right(
    db: impl MySqlExecutor<'_>,
    counting_absences: &[PolicyId],
    after: BookingId,
    limit: u32,
) -> Result<Vec<(BookingId, SessionId)>> {
    let versions: Vec<_> = counting_absences.iter().map(PolicyId::to_string).collect();
    Ok(sqlx::query_as(sql!(
        booking_list_without_right,
        "SELECT b.id, b.session_id FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.makeup_until IS NULL AND b.status IN ('leave', 'cancelled_by_gym', 'absent') \
         AND (b.status <> 'absent' OR COALESCE(FIND_IN_SET(s.policy_id, ?), 1)) AND b.source <> 'makeup' AND b.id > ? \
         AND (b.status <> 'cancelled_by_gym' OR \
              (SELECT COUNT(*) FROM compensation_usage u WHERE u.booking_id = b.id) = 0) \
         ORDER BY b.id LIMIT ?"
    ))
    .bind(versions.join(","))
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The classes that a profile took leave from, or cancelled, and made up.
pub async fn booking_list_made_up(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
) -> Result<Vec<(ScheduleId, NaiveDate)>> {
    Ok(sqlx::query_as(sql!(
        booking_list_made_up,
        "SELECT b.course_schedule_id, b.booking_date FROM booking b \
         WHERE b.profile_id = ? AND b.status IN ('leave', 'cancelled') AND ",
        has_live_makeup!("b.id")
    ))
    .bind(profile)
    .fetch_all(db)
    .await?)
}

/// Bookings as something to make up, in no order.
pub async fn booking_list_missed(conn: &mut Conn, ids: &[BookingId]) -> Result<Vec<MissedBookingRow>> {
    let mut missed = Vec::with_capacity(ids.len());
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            booking_list_missed,
            "SELECT b.id, b.profile_id, b.status, b.source, b.attendance_marked_at IS NOT NULL AS is_recorded, \
             b.makeup_until, s.starts_at, s.duration_minutes, s.policy_id, \
             c.category, EXISTS (SELECT 1 FROM compensation_usage u WHERE u.booking_id = b.id) AS paid, ",
            has_live_makeup!("b.id"),
            " AS made_up FROM booking b JOIN class_session s ON s.id = b.session_id \
             JOIN course_schedule t ON t.id = b.course_schedule_id JOIN course c ON c.id = t.course_id \
             WHERE b.id IN "
        ));
        push_ids(&mut select, piece);
        missed.extend(select.build_query_as::<MissedBookingRow>().fetch_all(&mut *conn).await?);
    }
    Ok(missed)
}

/// What decides whether staff may give a right to make a booking up, beside [`booking_list_missed`]; its class and its
/// profile are locked. The minutes that it still holds, and whether another booking of the profile in the class is live or
/// gives a right.
pub async fn booking_given_right_facts(conn: &mut Conn, id: BookingId) -> Result<(Minutes, bool)> {
    Ok(sqlx::query_as(sql!(
        booking_given_right_facts,
        "SELECT CAST(b.compensation_minutes_used AS SIGNED), (SELECT COUNT(*) FROM booking o \
         WHERE o.profile_id = b.profile_id AND o.session_id = b.session_id AND o.id <> b.id \
         AND (o.status IN ('booked', 'completed', 'absent', 'leave') OR o.makeup_until IS NOT NULL)) > 0 \
         FROM booking b WHERE b.id = ?"
    ))
    .bind(id)
    .fetch_one(conn)
    .await?)
}

/// Whose a booking is, and the names that a message about it needs.
pub async fn booking_names(conn: &mut Conn, id: BookingId) -> Result<Option<BookingNames>> {
    Ok(sqlx::query_as(sql!(
        booking_names,
        "SELECT b.profile_id, p.name AS profile_name, c.name AS course_name, b.course_schedule_id, b.booking_date \
         FROM booking b \
         JOIN profile p ON p.id = b.profile_id JOIN course_schedule t ON t.id = b.course_schedule_id \
         JOIN course c ON c.id = t.course_id WHERE b.id = ?"
    ))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}
