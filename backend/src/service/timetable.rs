//! The row of a class session: the lock and the counters that everything in a class hangs on.

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use logic::Minutes;
use logic::ids::ScheduleId;
use logic::status::SessionStatus;

use super::queue::word;
use crate::db::Conn;
use crate::error::AppError;

/// The row as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) course_schedule_id: i64,
    pub(super) booking_date: NaiveDate,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) duration_minutes: i32,
    pub(super) capacity: u32,
    pub(super) queue_capacity: Option<u32>,
    pub(super) booked: u32,
    pub(super) held: u32,
    pub(super) waiting: u32,
    pub(super) next_ticket: i64,
    status: String,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) offers_due_at: Option<DateTime<Utc>>,
    pub(super) freed_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`].
macro_rules! session_select {
    ($where:literal) => {
        concat!(
            "SELECT id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, ",
            "queue_capacity, booked, held, waiting, next_ticket, status, due_at, offers_due_at, freed_at ",
            "FROM class_session ",
            $where
        )
    };
}
pub(super) use session_select;

impl Row {
    pub(super) fn status(&self) -> Result<SessionStatus, AppError> {
        word(SessionStatus::parse(&self.status), "class_session.status", &self.status)
    }
}

/// The row's id for a schedule and a date, made from the timetable if it is the first time anyone asks. After
/// this it can be locked: a lock on a row that is not there yet would deadlock with its insert.
///
/// # Errors
/// `not_found` if there is no such schedule, or it does not meet on that weekday.
pub async fn ensure_session(
    conn: &mut Conn,
    zone: Tz,
    schedule: ScheduleId,
    date: NaiveDate,
) -> Result<i64, AppError> {
    if let Some(id) = find(conn, schedule, date).await? {
        return Ok(id);
    }
    let row: Option<(i64, NaiveTime, u32, i64, Option<u32>)> = sqlx::query_as(
        "SELECT CAST(s.weekday AS SIGNED), s.start_time, s.capacity, \
                CAST(COALESCE(s.duration_minutes, c.duration_minutes) AS SIGNED), c.queue_capacity \
         FROM course_schedule s JOIN course c ON c.id = s.course_id WHERE s.id = ?",
    )
    .bind(schedule.0)
    .fetch_optional(&mut *conn)
    .await?;
    let Some((weekday, start_time, capacity, duration, queue_capacity)) = row else {
        return Err(AppError::not_found(format!("there is no course schedule {schedule}")));
    };
    if !meets_on(weekday, date) {
        return Err(AppError::not_found(format!("course schedule {schedule} has no class on {date}")));
    }
    let starts_at = starts_at(zone, date, start_time);
    let ends_at = starts_at + TimeDelta::milliseconds(Minutes(duration).millis());
    // Two at once: the second insert changes nothing, and both find the one row.
    sqlx::query(
        "INSERT INTO class_session \
           (course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, queue_capacity) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id",
    )
    .bind(schedule.0)
    .bind(date)
    .bind(starts_at)
    .bind(ends_at)
    .bind(duration)
    .bind(capacity)
    .bind(queue_capacity)
    .execute(&mut *conn)
    .await?;
    find(conn, schedule, date)
        .await?
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("class session {schedule}/{date} vanished")))
}

async fn find(conn: &mut Conn, schedule: ScheduleId, date: NaiveDate) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM class_session WHERE course_schedule_id = ? AND booking_date = ?")
        .bind(schedule.0)
        .bind(date)
        .fetch_optional(conn)
        .await
}

/// Whether a schedule of `weekday` (1 Monday to 7 Sunday) has a class on `date`: TIMESTAMP columns, which hold
/// 1970 to 2038, bound the calendar.
pub fn meets_on(weekday: i64, date: NaiveDate) -> bool {
    i64::from(date.weekday().number_from_monday()) == weekday && (1971..=2037).contains(&date.year())
}

/// The instant at which a class of that local date and time starts. Where a change of summer time skips the
/// local time, the class starts as much later; where it repeats it, the first time counts.
pub fn starts_at(zone: Tz, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = NaiveDateTime::new(date, time);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        // No gap is longer than a day: what was valid then gives the offset from before the gap.
        LocalResult::None => {
            let before = local - TimeDelta::days(1);
            zone.from_local_datetime(&before)
                .earliest()
                .map_or_else(|| local.and_utc(), |at| at.to_utc() + TimeDelta::days(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: Tz, local: &str) -> String {
        let local: NaiveDateTime = local.parse().unwrap();
        starts_at(zone, local.date(), local.time()).to_rfc3339()
    }

    #[test]
    fn a_local_time_becomes_an_instant() {
        assert_eq!(at(Tz::Asia__Shanghai, "2026-03-02T18:00:00"), "2026-03-02T10:00:00+00:00");
    }

    /// Covers R0.2.
    #[test]
    fn summer_time_skips_and_repeats_an_hour() {
        let zone = Tz::Europe__Berlin;
        assert_eq!(at(zone, "2026-03-29T02:30:00"), "2026-03-29T01:30:00+00:00", "skipped: an hour later");
        assert_eq!(at(zone, "2026-10-25T02:30:00"), "2026-10-25T00:30:00+00:00", "twice: the first");
    }

    #[test]
    fn a_schedule_meets_on_its_weekday() {
        let monday = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert!(meets_on(1, monday));
        assert!(!meets_on(2, monday));
        assert!(!meets_on(1, NaiveDate::from_ymd_opt(2040, 1, 2).unwrap()));
    }
}
