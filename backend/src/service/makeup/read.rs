//! Makeups as their owners see them, and what is owed to them.

use crate::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::paging::{Cursor, Paging};
use crate::service::access::Scope;
use crate::service::bookings::{self, booking_select};
use crate::service::places::Places;
use crate::service::queue::{count, word};
use chrono::{DateTime, NaiveDate, Utc};
use contract::shapes::{Makeup, MakeupCounts, Makeups, Owed, Page};
use logic::Instant;
use logic::ids::{BookingId, CourseId, GrantId, MakeupId, ProfileId, ScheduleId};
use logic::makeup::{CompletionType, is_missed};
use logic::status::{BookingStatus, MakeupStatus};

/// `GET /makeup/owed`: missed bookings still to be made up, the one that ends first first.
///
/// # Errors
/// The database's.
pub async fn owed(app: &App, scope: &Scope, list: &Paging, now: Instant) -> Result<Page<Owed>, AppError> {
    let missed: Vec<_> = BookingStatus::ALL
        .iter()
        .filter(|status| is_missed(**status, &app.policy))
        .map(|status| status.as_str())
        .collect();
    let mut rows: Vec<bookings::Row> = sqlx::query_as(booking_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR b.profile_id = ?) \
         AND FIND_IN_SET(b.status, ?) AND b.source <> 'makeup' AND s.starts_at >= ? \
         AND (b.status <> 'cancelled_by_gym' OR NOT EXISTS \
              (SELECT 1 FROM compensation_usage u WHERE u.booking_id = b.id)) \
         AND NOT EXISTS (SELECT 1 FROM makeup_booking lm WHERE lm.original_booking_id = b.id \
              AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show')) \
         AND (? IS NULL OR s.starts_at > ? OR (s.starts_at = ? AND b.id > ?)) \
         ORDER BY s.starts_at, b.id LIMIT ?"
    ))
    .scope(scope)
    .bind(missed.join(","))
    .bind(DateTime::<Utc>::from(now.minus(app.policy.makeup_validity)))
    .page(list)
    .fetch_all(&app.pool)
    .await?;
    let next_cursor = list.next(&mut rows, bookings::Row::cursor);
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let booking = row.booking(&app.policy)?;
        // The query asks what `MissedBooking::until` asks, so that pages are full.
        if let Some(makeup_until) = booking.makeup_until {
            items.push(Owed { booking, makeup_until });
        }
    }
    Ok(Page { items, next_cursor })
}

/// `GET /makeup/my`: makeups, newest first, and how many there are of each status.
///
/// # Errors
/// The database's.
pub async fn my(
    app: &App,
    scope: &Scope,
    status: Option<MakeupStatus>,
    list: &Paging,
) -> Result<Makeups, AppError> {
    let mut rows: Vec<Row> = sqlx::query_as(makeup_select!(
        "WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR m.profile_id = ?) AND (? IS NULL OR m.status = ?) \
         AND (? IS NULL OR m.created_at < ? OR (m.created_at = ? AND m.id < ?)) \
         ORDER BY m.created_at DESC, m.id DESC LIMIT ?"
    ))
    .scope(scope)
    .bind(status.map(MakeupStatus::as_str))
    .bind(status.map(MakeupStatus::as_str))
    .page(list)
    .fetch_all(&app.pool)
    .await?;
    let next_cursor = list.next(&mut rows, |row| Cursor::at(row.created_at.into(), row.id));
    let items = rows.iter().map(Row::makeup).collect::<Result<_, _>>()?;
    let by_status: Vec<(String, i64)> = sqlx::query_as(
        "SELECT m.status, COUNT(*) FROM makeup_booking m JOIN profile p ON p.id = m.profile_id \
         WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR m.profile_id = ?) GROUP BY m.status",
    )
    .scope(scope)
    .fetch_all(&app.pool)
    .await?;
    let of = |status: MakeupStatus| {
        let row = by_status.iter().find(|(word, _)| word == status.as_str());
        row.map_or(0, |(_, makeups)| u32::try_from(*makeups).unwrap_or(u32::MAX))
    };
    let counts = MakeupCounts {
        pending: of(MakeupStatus::Pending),
        confirmed: of(MakeupStatus::Confirmed),
        completed: of(MakeupStatus::Completed),
        cancelled: of(MakeupStatus::Cancelled),
        no_show: of(MakeupStatus::NoShow),
    };
    Ok(Makeups { items, next_cursor, counts })
}

/// The makeup that a booking is, if it is one.
///
/// # Errors
/// The database's.
pub(in crate::service) async fn of_booking(
    conn: &mut Conn,
    booking: BookingId,
) -> Result<Option<Makeup>, AppError> {
    let row: Option<Row> =
        sqlx::query_as(makeup_select!("WHERE m.booking_id = ?")).bind(booking.0).fetch_optional(conn).await?;
    row.as_ref().map(Row::makeup).transpose()
}

/// The makeup that was just booked.
pub(super) async fn made(app: &App, booking: BookingId) -> Result<Makeup, AppError> {
    let mut conn = app.pool.acquire().await?;
    of_booking(&mut conn, booking)
        .await?
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("booking {booking} is no makeup")))
}

pub(super) async fn by_id(app: &App, id: MakeupId) -> Result<Makeup, AppError> {
    let row: Row = sqlx::query_as(makeup_select!("WHERE m.id = ?")).bind(id.0).fetch_one(&app.pool).await?;
    row.makeup()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    original_booking_id: i64,
    profile_id: i64,
    makeup_class_id: i64,
    makeup_schedule_id: i64,
    makeup_date: NaiveDate,
    starts_at: DateTime<Utc>,
    status: String,
    original_duration: i32,
    makeup_duration: i32,
    duration_difference: i32,
    completion_type: String,
    compensation_id: Option<i64>,
    created_at: DateTime<Utc>,
}

/// The columns of [`Row`].
macro_rules! makeup_select {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.original_booking_id, m.profile_id, m.makeup_class_id, m.makeup_schedule_id, ",
            "m.makeup_date, s.starts_at, m.status, m.original_duration, m.makeup_duration, m.duration_difference, ",
            "m.completion_type, m.compensation_id, m.created_at FROM makeup_booking m ",
            "JOIN class_session s ON s.course_schedule_id = m.makeup_schedule_id AND s.booking_date = m.makeup_date ",
            "JOIN profile p ON p.id = m.profile_id ",
            $where
        )
    };
}
use makeup_select;

impl Row {
    fn makeup(&self) -> Result<Makeup, AppError> {
        let completion = &self.completion_type;
        Ok(Makeup {
            id: MakeupId(self.id),
            original_booking_id: BookingId(self.original_booking_id),
            profile_id: ProfileId(self.profile_id),
            makeup_class_id: CourseId(self.makeup_class_id),
            makeup_schedule_id: ScheduleId(self.makeup_schedule_id),
            makeup_date: self.makeup_date,
            starts_at: self.starts_at.into(),
            status: word(MakeupStatus::parse(&self.status), "makeup_booking.status", &self.status)?,
            original_duration: count(self.original_duration),
            makeup_duration: count(self.makeup_duration),
            duration_difference: i64::from(self.duration_difference),
            completion_type: word(
                CompletionType::parse(completion),
                "makeup_booking.completion_type",
                completion,
            )?,
            compensation_id: self.compensation_id.map(GrantId),
        })
    }
}
