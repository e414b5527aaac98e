//! Table `booking`: one booking, and those of a family.

mod changes;
mod filed;
mod makeup_rights;
mod of_class;

use super::error::fits;
use super::guardian::is_guardian;
use super::list::{BindListParams, owned, page};
use super::many::{id_pieces, push_ids};
use super::{Conn, OwnerFilter, Result, sql};
use crate::paging::Paging;
use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{AccountId, BookingId, PolicyId, ProfileId, ScheduleId, SessionId, WaitlistId};
use logic::status::{BookingSource, BookingStatus};
use sqlx::{MySql, MySqlExecutor, QueryBuilder};

pub use changes::*;
pub use filed::*;
pub use makeup_rights::*;
pub use of_class::*;

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

/// Whose a booking is, where it stands and how it came about.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct BookingState {
    pub profile_id: ProfileId,
    pub status: BookingStatus,
    pub source: BookingSource,
    pub created_at: Instant,
}

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
use select;

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
