//! Table `course_schedule`: the weekly slots of the timetable.

use super::{Conn, Result, lock_row, sql};
use chrono::{NaiveDate, NaiveTime};
use logic::ids::{AccountId, CourseId, ScheduleId};
use sqlx::MySqlExecutor;

/// A slot of the timetable, with its course.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CourseScheduleRow {
    pub id: ScheduleId,
    pub course_id: CourseId,
    pub course_name: String,
    /// The course's category.
    pub category: String,
    /// 1 Monday to 7 Sunday, in the gym's zone.
    pub weekday: i64,
    /// When its classes start, in the gym's zone.
    pub start_time: NaiveTime,
    /// Its first date; `None`: without a bound.
    pub valid_from: Option<NaiveDate>,
    /// Its last date; `None`: without a bound.
    pub valid_until: Option<NaiveDate>,
    pub capacity: u32,
    #[sqlx(rename = "duration", try_from = "i64")]
    pub duration_minutes: u32,
    /// Entries that wait for a class at most; `None`: the policy says.
    pub queue_capacity: Option<u32>,
    /// Who teaches it, if the gym says so.
    #[sqlx(flatten)]
    pub coach: SlotCoach,
    /// Where.
    pub room: Option<String>,
}

/// Who teaches a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct SlotCoach {
    #[sqlx(rename = "coach_account_id")]
    pub account_id: Option<AccountId>,
    /// As the timetable has it, or else the account's name.
    #[sqlx(rename = "coach_name")]
    pub name: Option<String>,
}

/// A slot as fixtures write it.
#[derive(Clone, Debug)]
pub struct NewCourseSchedule {
    pub id: ScheduleId,
    pub course_id: CourseId,
    /// 1 Monday to 7 Sunday, in the gym's zone.
    pub weekday: i64,
    /// When its classes start, in the gym's zone.
    pub start_time: NaiveTime,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub capacity: u32,
    pub duration_minutes: Option<i64>,
    pub coach: SlotCoach,
    pub room: Option<String>,
}

macro_rules! select {
    ($name:ident, $where:literal) => {
        sql!(
            $name,
            "SELECT s.id, c.id AS course_id, c.name AS course_name, c.category, \
             CAST(s.weekday AS SIGNED) AS weekday, s.start_time, s.valid_from, s.valid_until, s.capacity, \
             CAST(COALESCE(s.duration_minutes, c.duration_minutes) AS SIGNED) AS duration, c.queue_capacity, \
             s.coach_account_id, COALESCE(s.coach_name, a.name) AS coach_name, s.room \
             FROM course_schedule s JOIN course c ON c.id = s.course_id \
             LEFT JOIN account a ON a.id = s.coach_account_id ",
            $where
        )
    };
}

lock_row!(
    /// Locks a slot. Returns whether it exists.
    course_schedule_lock,
    "course_schedule",
    ScheduleId
);

/// The slots of a course, or the slot of an id; `None` is any.
pub async fn course_schedule_list(
    db: impl MySqlExecutor<'_>,
    course: Option<CourseId>,
    id: Option<ScheduleId>,
) -> Result<Vec<CourseScheduleRow>> {
    Ok(sqlx::query_as(select!(
        course_schedule_list,
        "WHERE (? IS NULL OR c.id = ?) AND (? IS NULL OR s.id = ?)"
    ))
    .bind(course)
    .bind(course)
    .bind(id)
    .bind(id)
    .fetch_all(db)
    .await?)
}

/// The slot of an id, if there is one.
pub async fn course_schedule_get(
    db: impl MySqlExecutor<'_>,
    id: ScheduleId,
) -> Result<Option<CourseScheduleRow>> {
    let statement = select!(course_schedule_get, "WHERE s.id = ?");
    Ok(sqlx::query_as(statement).bind(id).fetch_optional(db).await?)
}

/// Writes a slot with the id that a file gives it.
pub async fn course_schedule_upsert(conn: &mut Conn, row: &NewCourseSchedule) -> Result<()> {
    sqlx::query(sql!(
        course_schedule_upsert,
        "INSERT INTO course_schedule \
           (id, course_id, weekday, start_time, valid_from, valid_until, capacity, duration_minutes, \
            coach_account_id, coach_name, room) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE course_id = VALUES(course_id), weekday = VALUES(weekday), \
           start_time = VALUES(start_time), valid_from = VALUES(valid_from), \
           valid_until = VALUES(valid_until), capacity = VALUES(capacity), \
           duration_minutes = VALUES(duration_minutes), coach_account_id = VALUES(coach_account_id), \
           coach_name = VALUES(coach_name), room = VALUES(room)"
    ))
    .bind(row.id)
    .bind(row.course_id)
    .bind(row.weekday)
    .bind(row.start_time)
    .bind(row.valid_from)
    .bind(row.valid_until)
    .bind(row.capacity)
    .bind(row.duration_minutes)
    .bind(row.coach.account_id)
    .bind(&row.coach.name)
    .bind(&row.room)
    .execute(conn)
    .await?;
    Ok(())
}
