//! Table `booking`.

mod changes;

use super::error::fits;
use super::guardian::is_guardian;
use super::list::{BindListParams, owned, page};
use super::makeup_booking::has_live_makeup;
use super::many::{id_pieces, push_ids};
use super::profile::{recipients, select_recipients};
use super::sweep::DueQuery;
use super::{Conn, MessageSubject, OfSlot, OwnerFilter, Recipient, Result, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::ids::{AccountId, BookingId, PolicyId, ProfileId, ScheduleId, SessionId, WaitlistId};
use logic::makeup::MissedBooking;
use logic::status::{BookingSource, BookingStatus};
use logic::{Instant, Minutes};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};
use std::collections::HashMap;

pub use changes::*;

/// A booking, with the times of its class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BookingRow {
    pub id: BookingId,
    pub profile_id: ProfileId,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    pub course_name: String,
    pub starts_at: Instant,
    #[sqlx(try_from = "i32")]
    pub duration_minutes: u32,
    pub status: BookingStatus,
    pub source: BookingSource,
    #[sqlx(try_from = "i32")]
    pub compensation_minutes_used: u32,
    /// The end of its right to a makeup; `None` if it gives none.
    pub makeup_until: Option<Instant>,
    pub created_at: Instant,
    /// When the gym recorded whether the child came.
    pub attendance_marked_at: Option<Instant>,
    /// The version of the policy that judges its class; `None`: not fixed yet.
    pub policy_id: Option<PolicyId>,
}

/// A booking that its owner may want to make up.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MissedBookingRow {
    pub id: BookingId,
    pub profile_id: ProfileId,
    pub status: BookingStatus,
    pub source: BookingSource,
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

/// Whose a booking is, where it stands and how it came about.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct BookingState {
    pub profile_id: ProfileId,
    pub status: BookingStatus,
    pub source: BookingSource,
    pub created_at: Instant,
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

/// A booking as fixtures write it.
#[derive(Clone, Debug)]
pub struct FixtureBooking {
    pub id: BookingId,
    pub profile_id: ProfileId,
    pub session_id: SessionId,
    pub course_schedule_id: ScheduleId,
    pub booking_date: NaiveDate,
    pub status: BookingStatus,
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

macro_rules! select {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT b.id, b.profile_id, b.course_schedule_id, b.booking_date, c.name AS course_name, s.starts_at, \
             s.duration_minutes, b.status, b.source, b.compensation_minutes_used, b.makeup_until, b.created_at, \
             b.attendance_marked_at, s.policy_id FROM booking b \
             JOIN class_session s ON s.id = b.session_id JOIN profile p ON p.id = b.profile_id \
             JOIN course_schedule t ON t.id = b.course_schedule_id JOIN course c ON c.id = t.course_id ",
            $($where)+
        )
    };
}

/// A booking that is known to exist.
pub async fn booking_get(db: impl MySqlExecutor<'_>, id: BookingId) -> Result<BookingRow> {
    let statement = select!(booking_get, "WHERE b.id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_one(db).await?)
}

/// The newest booking that a confirmed offer of an entry made, whatever its status.
pub async fn booking_of_entry(db: impl MySqlExecutor<'_>, entry: WaitlistId) -> Result<Option<BookingRow>> {
    let statement =
        select!(booking_of_entry, "WHERE b.waitlist_id = ? ORDER BY b.created_at DESC, b.id DESC LIMIT 1");
    Ok(sqlx::query_as(statement).bind(entry).fetch_optional(db).await?)
}

/// A page of someone's bookings, the newest class first; of classes on `from` or later, if it is given.
pub async fn booking_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    from: Option<NaiveDate>,
    list: &Paging,
) -> Result<Vec<BookingRow>> {
    Ok(sqlx::query_as(select!(
        booking_list,
        "WHERE ",
        owned!("b.profile_id"),
        " AND (? IS NULL OR b.booking_date >= ?) AND ",
        page!("s.starts_at", "b.id", newest first)
    ))
    .bind_owner(owner)
    .bind(from)
    .bind(from)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

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

/// Where a booking stands, read under the lock of its class.
pub async fn booking_state(conn: &mut Conn, id: BookingId, session: SessionId) -> Result<BookingState> {
    Ok(sqlx::query_as(sql!(
        booking_state,
        "SELECT profile_id, status, source, created_at FROM booking WHERE id = ? AND session_id = ?"
    ))
    .bind(id)
    .bind(session)
    .fetch_one(conn)
    .await?)
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

/// Bookings that are known to exist, in no order.
pub async fn booking_list_by_id(conn: &mut Conn, ids: &[BookingId]) -> Result<Vec<BookingRow>> {
    let mut found = Vec::new();
    for piece in id_pieces(ids) {
        let mut select = QueryBuilder::<MySql>::new(select!(booking_list_by_id, "WHERE b.id IN "));
        push_ids(&mut select, piece);
        found.extend(select.build_query_as::<BookingRow>().fetch_all(&mut *conn).await?);
    }
    Ok(found)
}

/// The class of a booking, and whether `account` is a guardian of its child; `None` if there is no such booking.
pub async fn booking_session(
    db: impl MySqlExecutor<'_>,
    id: BookingId,
    account: AccountId,
) -> Result<Option<(SessionId, bool)>> {
    Ok(sqlx::query_as(sql!(
        booking_session,
        "SELECT b.session_id, ",
        is_guardian!("b.profile_id"),
        " FROM booking b WHERE b.id = ?"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional(db)
    .await?)
}

/// The times of the classes that overlap a span and in which a profile has a live booking.
pub async fn booking_list_spans(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
    (first, last): (Instant, Instant),
) -> Result<Vec<(Instant, Instant)>> {
    Ok(sqlx::query_as(sql!(
        booking_list_spans,
        "SELECT s.starts_at, s.ends_at FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.profile_id = ? AND b.status IN ('booked', 'completed', 'absent') \
         AND s.starts_at < ? AND s.ends_at > ?"
    ))
    .bind(profile)
    .bind(last)
    .bind(first)
    .fetch_all(db)
    .await?)
}

/// How many places a profile has in classes that have not ended.
pub async fn booking_count_to_come(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
    now: Instant,
) -> Result<u32> {
    let count = sqlx::query_scalar(sql!(
        booking_count_to_come,
        "SELECT COUNT(*) FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.profile_id = ? AND b.status = 'booked' AND s.ends_at > ?"
    ));
    fits("profile", profile.0, "count of bookings", count.bind(profile).bind(now).fetch_one(db).await?)
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
            "SELECT b.id, b.profile_id, b.status, b.source, b.makeup_until, s.starts_at, s.duration_minutes, s.policy_id, \
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

/// The class that a booking of fixtures is in, if it is known already.
pub async fn booking_current_session(conn: &mut Conn, id: BookingId) -> Result<Option<SessionId>> {
    let statement = sql!(booking_current_session, "SELECT session_id FROM booking WHERE id = ?");
    Ok(sqlx::query_scalar(statement).bind(id).fetch_optional(conn).await?)
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

/// A booking as it is stored, for a file that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FiledBooking {
    pub profile_id: ProfileId,
    pub session_id: SessionId,
    pub status: BookingStatus,
    /// The status that a file gave it last; `None` where no file wrote it.
    pub file_status: Option<BookingStatus>,
}

/// Locks a booking that a file names, if it is known.
pub async fn booking_lock_filed(conn: &mut Conn, id: BookingId) -> Result<Option<FiledBooking>> {
    let statement = sql!(
        booking_lock_filed,
        "SELECT profile_id, session_id, status, file_status FROM booking WHERE id = ? FOR UPDATE"
    );
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(conn).await?)
}
