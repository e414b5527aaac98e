//! Table `booking`.

use super::error::{RowState, expect_count, fits, inserted_id};
use super::guardian::is_guardian;
use super::list::{BindListParams, owned, page};
use super::makeup_booking::has_live_makeup;
use super::many::{id_pieces, push_ids};
use super::profile::{recipients, select_recipients};
use super::sweep::DueQuery;
use super::{ClassSession, Conn, MessageSubject, OwnerFilter, ProfileLock, Recipient, Result, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::ids::{AccountId, BookingId, ProfileId, ScheduleId, SessionId, WaitlistId};
use logic::makeup::MissedBooking;
use logic::status::{BookingSource, BookingStatus};
use logic::{Instant, Minutes};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};
use std::collections::HashMap;

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
    /// Whether it was ever paid with credit.
    pub paid: bool,
    pub created_at: Instant,
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
    /// Whether a live makeup makes it up.
    pub made_up: bool,
    pub starts_at: Instant,
    pub duration_minutes: Minutes,
    /// The category of its course.
    pub category: String,
}

impl From<&MissedBookingRow> for MissedBooking {
    fn from(row: &MissedBookingRow) -> Self {
        Self {
            booking: row.id,
            status: row.status,
            source: row.source,
            paid: row.paid,
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
    /// The booking as what a message is about.
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

/// Missed bookings that were not reminded of, by the start of their class.
pub const BOOKING_UNREMINDED: DueQuery = DueQuery(sql!(
    booking_unreminded,
    "SELECT s.starts_at, b.id FROM class_session s JOIN booking b ON b.session_id = s.id \
     WHERE s.starts_at <= ? AND (s.starts_at > ? OR (s.starts_at = ? AND b.id > ?)) \
     AND b.status IN ('leave', 'cancelled_by_gym', 'absent') AND b.makeup_reminded_at IS NULL \
     ORDER BY s.starts_at, b.id LIMIT ?"
));

/// Missed bookings whose right to a makeup was not found to have ended, by the start of their class.
pub const BOOKING_RIGHT_NOT_ENDED: DueQuery = DueQuery(sql!(
    booking_right_not_ended,
    "SELECT s.starts_at, b.id FROM class_session s JOIN booking b ON b.session_id = s.id \
     WHERE s.starts_at <= ? AND (s.starts_at > ? OR (s.starts_at = ? AND b.id > ?)) \
     AND b.status IN ('leave', 'cancelled_by_gym', 'absent') AND b.makeup_ended_at IS NULL \
     ORDER BY s.starts_at, b.id LIMIT ?"
));

macro_rules! select {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT b.id, b.profile_id, b.course_schedule_id, b.booking_date, c.name AS course_name, s.starts_at, \
             s.duration_minutes, b.status, b.source, b.compensation_minutes_used, b.created_at, \
             EXISTS (SELECT 1 FROM compensation_usage cu WHERE cu.booking_id = b.id) AS paid FROM booking b \
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

/// A page of someone's bookings in one of `statuses` that no makeup makes up, of classes since `since`, the oldest
/// class first.
pub async fn booking_list_owed(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    statuses: &[BookingStatus],
    since: Instant,
    list: &Paging,
) -> Result<Vec<BookingRow>> {
    let statuses: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
    // Counts, which are asked for each booking: MariaDB reads the whole table for an EXISTS.
    Ok(sqlx::query_as(select!(
        booking_list_owed,
        "WHERE ",
        owned!("b.profile_id"),
        " AND FIND_IN_SET(b.status, ?) AND b.source <> 'makeup' AND s.starts_at >= ? \
         AND (b.status <> 'cancelled_by_gym' OR \
              (SELECT COUNT(*) FROM compensation_usage u WHERE u.booking_id = b.id) = 0) \
         AND (SELECT COUNT(*) FROM makeup_booking lm WHERE lm.live_original = b.id) = 0 AND ",
        page!("s.starts_at", "b.id", oldest first)
    ))
    .bind_owner(owner)
    .bind(statuses.join(","))
    .bind(since)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// Where a booking stands, read under the lock of its class.
pub async fn booking_state(conn: &mut Conn, id: BookingId, session: SessionId) -> Result<BookingState> {
    Ok(sqlx::query_as(sql!(
        booking_state,
        "SELECT profile_id, status, source FROM booking WHERE id = ? AND session_id = ?"
    ))
    .bind(id)
    .bind(session)
    .fetch_one(conn)
    .await?)
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

/// From when to when the classes are that a profile has a live booking in, of those that overlap a span.
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

/// The classes that a profile took leave from and made up.
pub async fn booking_list_made_up(
    db: impl MySqlExecutor<'_>,
    profile: ProfileId,
) -> Result<Vec<(ScheduleId, NaiveDate)>> {
    Ok(sqlx::query_as(sql!(
        booking_list_made_up,
        "SELECT b.course_schedule_id, b.booking_date FROM booking b \
         WHERE b.profile_id = ? AND b.status = 'leave' AND ",
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
            "SELECT b.id, b.profile_id, b.status, b.source, s.starts_at, s.duration_minutes, c.category, \
             EXISTS (SELECT 1 FROM compensation_usage u WHERE u.booking_id = b.id) AS paid, ",
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

/// Books a seat of a locked class for a locked profile.
pub async fn booking_insert(
    conn: &mut Conn,
    class: &ClassSession,
    profile: &ProfileLock,
    source: BookingSource,
    entry: Option<WaitlistId>,
    now: Instant,
) -> Result<BookingId> {
    let done = sqlx::query(sql!(
        booking_insert,
        "INSERT INTO booking (profile_id, session_id, course_schedule_id, booking_date, status, source, \
         waitlist_id, created_at) VALUES (?, ?, ?, ?, 'booked', ?, ?, ?)"
    ))
    .bind(profile.id())
    .bind(class.id)
    .bind(class.course_schedule_id)
    .bind(class.booking_date)
    .bind(source)
    .bind(entry)
    .bind(now)
    .execute(conn)
    .await?;
    inserted_id(&done, "booking").map(BookingId)
}

/// How a booking is.
const BOOKING_AS_STORED: RowState = RowState {
    table: "booking",
    select: sql!(
        booking_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'profile_id', profile_id, 'minutes', compensation_minutes_used) \
         AS CHAR) FROM booking WHERE id = ?"
    ),
};

/// Ends a booking that is to come: `status` is `cancelled` or `leave`.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if it is not `booked`.
pub async fn booking_end(conn: &mut Conn, id: BookingId, status: BookingStatus, now: Instant) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_end,
        "UPDATE booking SET status = ?, cancelled_at = ? WHERE id = ? AND status = 'booked'"
    ))
    .bind(status)
    .bind(now)
    .bind(id)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, "booked").await
}

/// Turns a leave into a cancelled booking: its class is booked again.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if it is no leave.
pub async fn booking_undo_leave(conn: &mut Conn, id: BookingId) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_undo_leave,
        "UPDATE booking SET status = 'cancelled' WHERE id = ? AND status = 'leave'"
    ))
    .bind(id)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, "leave").await
}

/// Ends the `booked` bookings of a locked class that are to come: the gym cancelled the class.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if there are more or fewer.
pub async fn booking_cancel_class(
    conn: &mut Conn,
    session: SessionId,
    booked: usize,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_cancel_class,
        "UPDATE booking SET status = 'cancelled_by_gym', cancelled_at = ? WHERE session_id = ? AND status = 'booked'"
    ))
    .bind(now)
    .bind(session)
    .execute(conn)
    .await?;
    expect_count(&done, session, "booked bookings", booked)
}

/// Completes every booking of a locked class that nobody marked otherwise; how many.
pub async fn booking_complete_class(conn: &mut Conn, session: SessionId) -> Result<u64> {
    let statement = sql!(
        booking_complete_class,
        "UPDATE booking SET status = 'completed' WHERE session_id = ? AND status = 'booked'"
    );
    Ok(sqlx::query(statement).bind(session).execute(conn).await?.rows_affected())
}

/// Writes the attendance of a booking over what it was.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if it was not.
pub async fn booking_set_attendance(
    conn: &mut Conn,
    id: BookingId,
    before: BookingStatus,
    after: BookingStatus,
) -> Result<()> {
    let statement = sql!(booking_set_attendance, "UPDATE booking SET status = ? WHERE id = ? AND status = ?");
    let done = sqlx::query(statement).bind(after).bind(id).bind(before).execute(&mut *conn).await?;
    BOOKING_AS_STORED.expect_one(conn, &done, id.0, before.as_str()).await
}

/// Writes over `before` how many minutes of credit a booking has spent.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if it is another profile's booking, or has spent other minutes.
pub async fn booking_set_minutes_used(
    conn: &mut Conn,
    profile: &ProfileLock,
    id: BookingId,
    before: Minutes,
    after: Minutes,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_set_minutes_used,
        "UPDATE booking SET compensation_minutes_used = ? \
         WHERE id = ? AND profile_id = ? AND compensation_minutes_used = ?"
    ))
    .bind(after)
    .bind(id)
    .bind(profile.id())
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED
        .expect_one(conn, &done, id.0, format!("{} minutes of profile {}", before.0, profile.id()))
        .await
}

/// Marks a missed booking as reminded of; `false` if it was already.
pub async fn booking_mark_reminded(conn: &mut Conn, id: BookingId, now: Instant) -> Result<bool> {
    let done = sqlx::query(sql!(
        booking_mark_reminded,
        "UPDATE booking SET makeup_reminded_at = ? WHERE id = ? AND makeup_reminded_at IS NULL"
    ))
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the right to a makeup of a missed booking as ended; `false` if it was already.
pub async fn booking_mark_right_ended(conn: &mut Conn, id: BookingId, now: Instant) -> Result<bool> {
    let done = sqlx::query(sql!(
        booking_mark_right_ended,
        "UPDATE booking SET makeup_ended_at = ? WHERE id = ? AND makeup_ended_at IS NULL"
    ))
    .bind(now)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has the missed booking that a makeup's `booking` makes up reminded of once more.
pub async fn booking_forget_reminder(conn: &mut Conn, booking: BookingId) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_forget_reminder,
        "UPDATE booking o JOIN makeup_booking m ON m.original_booking_id = o.id SET o.makeup_reminded_at = NULL \
         WHERE m.booking_id = ?"
    ))
    .bind(booking)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, booking.0, "a makeup of another booking").await
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

/// Writes a booking of a file under an id of its own.
///
/// # Errors
/// See [`super::StoreError::is_duplicate`] for a profile that has another live booking in the class.
pub async fn booking_insert_filed(conn: &mut Conn, row: &FixtureBooking, now: Instant) -> Result<()> {
    sqlx::query(sql!(
        booking_insert_filed,
        "INSERT INTO booking (id, profile_id, session_id, course_schedule_id, booking_date, status, file_status, \
         cancelled_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))
    .bind(row.id)
    .bind(row.profile_id)
    .bind(row.session_id)
    .bind(row.course_schedule_id)
    .bind(row.booking_date)
    .bind(row.status)
    .bind(row.status)
    .bind((!row.status.takes_a_seat()).then_some(now))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes a booking that still is as a file wrote it.
///
/// # Errors
/// As [`booking_insert_filed`]; [`super::StoreError::Unexpected`] if it has another status.
pub async fn booking_update_filed(
    conn: &mut Conn,
    row: &FixtureBooking,
    before: BookingStatus,
    now: Instant,
) -> Result<()> {
    let done = sqlx::query(sql!(
        booking_update_filed,
        "UPDATE booking SET profile_id = ?, session_id = ?, course_schedule_id = ?, booking_date = ?, status = ?, \
         file_status = ?, cancelled_at = IF(?, NULL, COALESCE(cancelled_at, ?)) WHERE id = ? AND status = ?"
    ))
    .bind(row.profile_id)
    .bind(row.session_id)
    .bind(row.course_schedule_id)
    .bind(row.booking_date)
    .bind(row.status)
    .bind(row.status)
    .bind(row.status.takes_a_seat())
    .bind(now)
    .bind(row.id)
    .bind(before)
    .execute(&mut *conn)
    .await?;
    BOOKING_AS_STORED.expect_one(conn, &done, row.id.0, before.as_str()).await
}
