//! Table `makeup_booking`.

use super::error::{RowState, fits};
use super::guardian::is_guardian;
use super::list::{BindListParams, owned, page};
use super::{ClassSession, Conn, OwnerFilter, ProfileLock, Result, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, BookingId, CourseId, GrantId, MakeupId, ProfileId, ScheduleId, SessionId};
use logic::makeup::{CompletionType, MakeupTerms};
use logic::status::{BookingStatus, MakeupStatus};
use sqlx::MySqlExecutor;
use std::collections::HashMap;

/// A makeup, with the time of its class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MakeupRow {
    pub id: MakeupId,
    pub original_booking_id: BookingId,
    pub profile_id: ProfileId,
    pub makeup_class_id: CourseId,
    pub makeup_schedule_id: ScheduleId,
    pub makeup_date: NaiveDate,
    pub course_name: String,
    pub starts_at: Instant,
    pub status: MakeupStatus,
    #[sqlx(try_from = "i32")]
    pub original_duration: u32,
    #[sqlx(try_from = "i32")]
    pub makeup_duration: u32,
    pub duration_difference: i64,
    pub completion_type: CompletionType,
    pub compensation_id: Option<GrantId>,
    pub created_at: Instant,
}

/// The condition that a live makeup makes up the booking that a column names, so that nothing is owed for it.
macro_rules! has_live_makeup {
    ($booking:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM makeup_booking lm WHERE lm.original_booking_id = ",
            $booking,
            " AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show'))"
        )
    };
}
pub(super) use has_live_makeup;

macro_rules! select {
    ($name:ident, $($where:tt)+) => {
        sql!(
            $name,
            "SELECT m.id, m.original_booking_id, m.profile_id, m.makeup_class_id, m.makeup_schedule_id, \
             m.makeup_date, c.name AS course_name, s.starts_at, m.status, m.original_duration, m.makeup_duration, \
             m.duration_difference, m.completion_type, m.compensation_id, m.created_at FROM makeup_booking m \
             JOIN class_session s ON s.course_schedule_id = m.makeup_schedule_id AND s.booking_date = m.makeup_date \
             JOIN profile p ON p.id = m.profile_id JOIN course c ON c.id = m.makeup_class_id ",
            $($where)+
        )
    };
}

/// A makeup that is known to exist.
pub async fn makeup_booking_get(db: impl MySqlExecutor<'_>, id: MakeupId) -> Result<MakeupRow> {
    let statement = select!(makeup_booking_get, "WHERE m.id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_one(db).await?)
}

/// The makeup of a booking; `None` if the booking is not a makeup.
pub async fn makeup_booking_of_booking(
    db: impl MySqlExecutor<'_>,
    booking: BookingId,
) -> Result<Option<MakeupRow>> {
    let statement = select!(makeup_booking_of_booking, "WHERE m.booking_id = ?");
    Ok(sqlx::query_as(statement).bind(booking).fetch_optional(db).await?)
}

/// The makeups that are held in a class.
pub async fn makeup_booking_list_in_class(
    conn: &mut Conn,
    schedule: ScheduleId,
    date: NaiveDate,
) -> Result<Vec<MakeupRow>> {
    let statement = select!(
        makeup_booking_list_in_class,
        "WHERE m.makeup_schedule_id = ? AND m.makeup_date = ? AND m.status <> 'cancelled'"
    );
    Ok(sqlx::query_as(statement).bind(schedule).bind(date).fetch_all(conn).await?)
}

/// A page of someone's makeups, of one status or of all, the newest first.
pub async fn makeup_booking_list(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
    status: Option<MakeupStatus>,
    list: &Paging,
) -> Result<Vec<MakeupRow>> {
    Ok(sqlx::query_as(select!(
        makeup_booking_list,
        "WHERE ",
        owned!("m.profile_id"),
        " AND (? IS NULL OR m.status = ?) AND ",
        page!("m.created_at", "m.id", newest first)
    ))
    .bind_owner(owner)
    .bind(status)
    .bind(status)
    .bind_page(list)
    .fetch_all(db)
    .await?)
}

/// How many makeups someone has of each status.
pub async fn makeup_booking_count(
    db: impl MySqlExecutor<'_>,
    owner: OwnerFilter,
) -> Result<HashMap<MakeupStatus, u32>> {
    let rows: Vec<(MakeupStatus, i64)> = sqlx::query_as(sql!(
        makeup_booking_count,
        "SELECT m.status, COUNT(*) FROM makeup_booking m WHERE ",
        owned!("m.profile_id"),
        " GROUP BY m.status"
    ))
    .bind_owner(owner)
    .fetch_all(db)
    .await?;
    // The counts belong to no single row.
    let count = |(status, makeups): (MakeupStatus, i64)| {
        Ok((status, fits("makeup_booking", 0, "count of makeups", makeups)?))
    };
    rows.into_iter().map(count).collect()
}

/// Whether `account` is a guardian of a makeup's child, the booking that it is, and the class of that; `None` if there is no
/// such makeup, or it has no booking.
pub async fn makeup_booking_session(
    db: impl MySqlExecutor<'_>,
    id: MakeupId,
    account: AccountId,
) -> Result<Option<(bool, BookingId, SessionId)>> {
    Ok(sqlx::query_as(sql!(
        makeup_booking_session,
        "SELECT ",
        is_guardian!("m.profile_id"),
        ", b.id, b.session_id FROM makeup_booking m JOIN booking b ON b.id = m.booking_id WHERE m.id = ?"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional(db)
    .await?)
}

/// Whose a makeup is, and where it and its booking stand, read under the lock of its class; `None` if it has another
/// booking by now.
pub async fn makeup_booking_state(
    conn: &mut Conn,
    id: MakeupId,
    booking: BookingId,
) -> Result<Option<(ProfileId, MakeupStatus, BookingStatus)>> {
    Ok(sqlx::query_as(sql!(
        makeup_booking_state,
        "SELECT b.profile_id, m.status, b.status FROM makeup_booking m JOIN booking b ON b.id = m.booking_id \
         WHERE m.id = ? AND b.id = ?"
    ))
    .bind(id)
    .bind(booking)
    .fetch_optional(conn)
    .await?)
}

/// The state of a makeup, as an error shows it.
const MAKEUP_BOOKING_AS_STORED: RowState = RowState {
    table: "makeup_booking",
    select: sql!(
        makeup_booking_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'profile_id', profile_id) AS CHAR) FROM makeup_booking WHERE id = ?"
    ),
};

/// The state of the makeup of a booking, as an error shows it.
const MAKEUP_OF_BOOKING_AS_STORED: RowState = RowState {
    table: "makeup_booking of booking",
    select: sql!(
        makeup_of_booking_as_stored,
        "SELECT CAST(JSON_OBJECT('status', status, 'profile_id', profile_id) AS CHAR) \
         FROM makeup_booking WHERE booking_id = ?"
    ),
};

/// Writes the makeup of a booking of a locked class and profile. A cancelled makeup for the same class is opened again.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if one for the same class is live.
pub async fn makeup_booking_upsert(
    conn: &mut Conn,
    class: &ClassSession,
    profile: &ProfileLock,
    booking: BookingId,
    made_up: &MakeupTerms,
    grant: Option<GrantId>,
    now: Instant,
) -> Result<()> {
    let before: Option<i64> = sqlx::query_scalar(sql!(
        makeup_booking_upsert,
        "SELECT id FROM makeup_booking WHERE original_booking_id = ? AND makeup_schedule_id = ? AND makeup_date = ?"
    ))
    .bind(made_up.original)
    .bind(class.course_schedule_id)
    .bind(class.booking_date)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(id) = before {
        let done = sqlx::query(sql!(
            makeup_booking_upsert,
            "UPDATE makeup_booking SET updated_at = UTC_TIMESTAMP(3), booking_id = ?, compensation_id = ?, status = 'confirmed', \
             original_duration = ?, makeup_duration = ?, duration_difference = ?, completion_type = ?, \
             created_at = ? WHERE id = ? AND status = 'cancelled'"
        ))
        .bind(booking)
        .bind(grant)
        .bind(made_up.original_duration)
        .bind(made_up.makeup_duration)
        .bind(made_up.difference)
        .bind(made_up.completion_type)
        .bind(now)
        .bind(id)
        .execute(&mut *conn)
        .await?;
        return MAKEUP_BOOKING_AS_STORED.expect_one(conn, &done, id, "cancelled").await;
    }
    sqlx::query(sql!(
        makeup_booking_upsert,
        "INSERT INTO makeup_booking (original_booking_id, profile_id, makeup_class_id, makeup_schedule_id, \
         makeup_date, booking_id, compensation_id, status, original_duration, makeup_duration, \
         duration_difference, completion_type, created_at) \
         SELECT ?, ?, t.course_id, t.id, ?, ?, ?, 'confirmed', ?, ?, ?, ?, ? FROM course_schedule t WHERE t.id = ?"
    ))
    .bind(made_up.original)
    .bind(profile.id())
    .bind(class.booking_date)
    .bind(booking)
    .bind(grant)
    .bind(made_up.original_duration)
    .bind(made_up.makeup_duration)
    .bind(made_up.difference)
    .bind(made_up.completion_type)
    .bind(now)
    .bind(class.course_schedule_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Cancels the makeup of a locked profile's booking, before its class.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if the booking has no makeup that is to come.
pub async fn makeup_booking_cancel(conn: &mut Conn, profile: &ProfileLock, booking: BookingId) -> Result<()> {
    let done = sqlx::query(sql!(
        makeup_booking_cancel,
        "UPDATE makeup_booking SET updated_at = UTC_TIMESTAMP(3), status = 'cancelled' \
         WHERE booking_id = ? AND profile_id = ? AND status IN ('pending', 'confirmed')"
    ))
    .bind(booking)
    .bind(profile.id())
    .execute(&mut *conn)
    .await?;
    MAKEUP_OF_BOOKING_AS_STORED
        .expect_one(conn, &done, booking.0, format!("a makeup to come of profile {}", profile.id()))
        .await
}

/// Gives the live makeups of a locked class the status that goes with the attendance of their bookings.
pub async fn makeup_booking_follow_attendance(
    conn: &mut Conn,
    session: SessionId,
    attendance: BookingStatus,
    status: MakeupStatus,
) -> Result<()> {
    sqlx::query(sql!(
        makeup_booking_follow_attendance,
        "UPDATE makeup_booking m JOIN booking b ON b.id = m.booking_id SET m.updated_at = UTC_TIMESTAMP(3), m.status = ? \
         WHERE b.session_id = ? AND b.source = 'makeup' AND b.status = ? AND m.status <> 'cancelled'"
    ))
    .bind(status)
    .bind(session)
    .bind(attendance)
    .execute(conn)
    .await?;
    Ok(())
}
