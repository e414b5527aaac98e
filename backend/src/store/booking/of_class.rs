//! The bookings of a class: its roster, what a call-off owes them, and what they released.

use super::{BookingRow, BookingState, select};
use crate::store::error::fits;
use crate::store::many::{id_pieces, push_ids};
use crate::store::profile::{recipients, select_recipients};
use crate::store::{Conn, OfSlot, Recipient, Result, sql};
use chrono::NaiveDate;
use logic::ids::{BookingId, ProfileId, ScheduleId, SessionId};
use logic::{Instant, Minutes};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};
use std::collections::HashMap;

/// The roster of a class: live bookings and leaves.
pub async fn booking_list_roster(conn: &mut Conn, session: SessionId) -> Result<Vec<BookingRow>> {
    let statement = select!(
        booking_list_roster,
        "WHERE b.session_id = ? AND b.status IN ('booked', 'completed', 'absent', 'leave') ORDER BY p.name, b.id"
    );
    Ok(sqlx::query_as(statement).bind(session).fetch_all(conn).await?)
}

/// How many are on the roster of a class, and for how many of them nobody recorded whether they came.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct RosterCounts {
    #[sqlx(try_from = "i64")]
    pub roster: u32,
    #[sqlx(try_from = "i64")]
    pub unmarked: u32,
}

/// The rosters of the classes of a day, by slot; those that are empty are left out.
pub async fn booking_count_rosters(
    conn: &mut Conn,
    date: NaiveDate,
) -> Result<HashMap<ScheduleId, RosterCounts>> {
    let statement = sql!(
        booking_count_rosters,
        "SELECT s.course_schedule_id, COUNT(*) AS roster, \
         COUNT(CASE WHEN b.status <> 'leave' AND b.attendance_marked_at IS NULL THEN 1 END) AS unmarked \
         FROM class_session s JOIN booking b ON b.session_id = s.id \
         AND b.status IN ('booked', 'completed', 'absent', 'leave') \
         WHERE s.booking_date = ? GROUP BY s.course_schedule_id"
    );
    let rows: Vec<OfSlot<RosterCounts>> = sqlx::query_as(statement).bind(date).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.course_schedule_id, row.counts)).collect())
}

/// Where bookings of a locked class stand; those of other classes are left out.
pub async fn booking_list_states(
    conn: &mut Conn,
    session: SessionId,
    ids: &[BookingId],
) -> Result<HashMap<BookingId, BookingState>> {
    #[derive(sqlx::FromRow)]
    struct OfBooking {
        id: BookingId,
        #[sqlx(flatten)]
        state: BookingState,
    }
    let mut found = HashMap::new();
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            booking_list_states,
            "SELECT id, profile_id, status, source, created_at FROM booking WHERE session_id = "
        ));
        select.push_bind(session).push(" AND id IN ");
        push_ids(&mut select, piece);
        let rows: Vec<OfBooking> = select.build_query_as().fetch_all(&mut *conn).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row.state)));
    }
    Ok(found)
}

/// The bookings of a class that are to come, in order of id; whether each cost something that is given back if the gym
/// cancels it: credit, or the right to a makeup.
pub async fn booking_list_booked(conn: &mut Conn, session: SessionId) -> Result<Vec<(BookingId, bool)>> {
    Ok(sqlx::query_as(sql!(
        booking_list_booked,
        "SELECT id, source = 'makeup' OR compensation_minutes_used > 0 FROM booking \
         WHERE session_id = ? AND status = 'booked' ORDER BY id"
    ))
    .bind(session)
    .fetch_all(conn)
    .await?)
}

/// A booking that the gym cancelled and that has not been given back what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnrefundedBooking {
    pub id: BookingId,
    pub profile_id: ProfileId,
    /// Whether it is a makeup.
    pub is_makeup: bool,
}

/// The bookings of a class that the gym cancelled and that have not been given back what they cost: the first `limit`
/// after a booking, in order of id.
pub async fn booking_list_unrefunded(
    conn: &mut Conn,
    session: SessionId,
    after: BookingId,
    limit: u32,
) -> Result<Vec<UnrefundedBooking>> {
    Ok(sqlx::query_as(sql!(
        booking_list_unrefunded,
        "SELECT b.id, b.profile_id, m.id IS NOT NULL AS is_makeup FROM booking b \
         LEFT JOIN makeup_booking m ON m.booking_id = b.id AND m.status IN ('pending', 'confirmed') \
         WHERE b.session_id = ? AND b.status = 'cancelled_by_gym' AND b.id > ? \
         AND (m.id IS NOT NULL OR b.compensation_minutes_used > 0) ORDER BY b.id LIMIT ?"
    ))
    .bind(session)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// The recipients of a message about bookings of a class, in no order.
pub async fn booking_recipients(
    conn: &mut Conn,
    session: SessionId,
    ids: &[BookingId],
) -> Result<Vec<Recipient>> {
    recipients(conn, select_recipients!(booking_recipients, "booking"), session, ids).await
}

/// How many seats each slot released: bookings of classes that start within `starts`, given up within `given_up` and
/// between `at_most` and `at_least` before the class.
pub async fn booking_count_released(
    db: impl MySqlExecutor<'_>,
    starts: (Instant, Instant),
    given_up: (Instant, Instant),
    (at_least, at_most): (Minutes, Minutes),
) -> Result<HashMap<ScheduleId, u32>> {
    let rows: Vec<(ScheduleId, i64)> = sqlx::query_as(sql!(
        booking_count_released,
        "SELECT s.course_schedule_id, COUNT(*) FROM class_session s JOIN booking b ON b.session_id = s.id \
         WHERE s.starts_at BETWEEN ? AND ? AND b.status IN ('cancelled', 'leave') \
         AND b.cancelled_at >= ? AND b.cancelled_at < ? \
         AND b.cancelled_at > s.starts_at - INTERVAL ? MINUTE AND b.cancelled_at <= s.starts_at - INTERVAL ? MINUTE \
         GROUP BY s.course_schedule_id"
    ))
    .bind(starts.0)
    .bind(starts.1)
    .bind(given_up.0)
    .bind(given_up.1)
    .bind(at_most)
    .bind(at_least)
    .fetch_all(db)
    .await?;
    let count = |(slot, seats): (ScheduleId, i64)| {
        Ok((slot, fits("course_schedule", slot.0, "count of released seats", seats)?))
    };
    rows.into_iter().map(count).collect()
}

/// How many live bookings a class has.
pub async fn booking_count_live(conn: &mut Conn, session: SessionId) -> Result<i64> {
    Ok(sqlx::query_scalar(sql!(
        booking_count_live,
        "SELECT COUNT(*) FROM booking WHERE session_id = ? AND status IN ('booked', 'completed', 'absent')"
    ))
    .bind(session)
    .fetch_one(conn)
    .await?)
}
