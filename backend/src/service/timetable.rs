//! From a slot of the timetable and a day to a class: when it is held, and its row.

use crate::error::AppError;
use crate::store::{self, Conn, CourseScheduleRow, NewClassSession};
use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use logic::ids::{ScheduleId, SessionId};
use logic::{Instant, Minutes};

/// The id of the class of a slot and a day; its row is made from the timetable if nobody has asked for it before. After
/// this it can be locked: a lock on a row that does not exist yet would deadlock with its insert.
///
/// # Errors
/// `not_found` if there is no such slot, or it has no class on that day.
pub async fn ensure_session(
    conn: &mut Conn,
    zone: Tz,
    schedule: ScheduleId,
    date: NaiveDate,
) -> Result<SessionId, AppError> {
    if let Some(id) = store::class_session_find(&mut *conn, schedule, date).await? {
        return Ok(id);
    }
    let slot = store::course_schedule_get(&mut *conn, schedule)
        .await?
        .ok_or_else(|| AppError::not_found(format!("there is no course schedule {schedule}")))?;
    if !meets_on(slot.weekday, date) {
        return Err(no_class(schedule, date));
    }
    store::class_session_insert(conn, &class_of(&slot, zone, date)).await?;
    store::class_session_find(conn, schedule, date)
        .await?
        .ok_or_else(|| AppError::Internal(anyhow::anyhow!("class session {schedule}/{date} vanished")))
}

/// 404: the slot has no class on that day.
pub(super) fn no_class(schedule: ScheduleId, date: NaiveDate) -> AppError {
    AppError::not_found(format!("course schedule {schedule} has no class on {date}"))
}

/// The class of a slot on a day, as the timetable has it.
pub fn class_of(slot: &CourseScheduleRow, zone: Tz, date: NaiveDate) -> NewClassSession {
    let starts_at = starts_at(zone, date, slot.start_time);
    NewClassSession {
        course_schedule_id: slot.id,
        booking_date: date,
        starts_at,
        ends_at: starts_at.plus(slot.duration),
        duration: slot.duration,
        capacity: slot.capacity,
        queue_capacity: slot.queue_capacity,
    }
}

/// Whether a slot of `weekday` (1 Monday to 7 Sunday) has a class on `date`. A year that can only be
/// a slip has none.
pub fn meets_on(weekday: i64, date: NaiveDate) -> bool {
    i64::from(date.weekday().number_from_monday()) == weekday && (1971..=2100).contains(&date.year())
}

/// The instant at which a class of that local date and time starts. Where a change of summer time skips the local time,
/// the class starts as much later; where it repeats it, the first time counts.
pub fn starts_at(zone: Tz, date: NaiveDate, time: NaiveTime) -> Instant {
    let local = NaiveDateTime::new(date, time);
    let at = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        // No gap is longer than a day: the offset from before the gap is the one a day earlier.
        LocalResult::None => {
            let before = local - TimeDelta::days(1);
            zone.from_local_datetime(&before)
                .earliest()
                .map_or_else(|| local.and_utc(), |at| at.to_utc() + TimeDelta::days(1))
        }
    };
    at.into()
}

/// A zone's offset from UTC at `at`.
pub(super) fn utc_offset(zone: Tz, at: Instant) -> Minutes {
    let at = DateTime::<Utc>::from(at).naive_utc();
    let seconds = zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
    Minutes(i64::from(seconds / 60))
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
        assert_eq!(at(Tz::Asia__Shanghai, "2026-03-02T18:00:00"), "2026-03-02T10:00:00.000Z");
    }

    /// Covers R0.2.
    #[test]
    fn summer_time_skips_and_repeats_an_hour() {
        let zone = Tz::Europe__Berlin;
        assert_eq!(at(zone, "2026-03-29T02:30:00"), "2026-03-29T01:30:00.000Z", "skipped: an hour later");
        assert_eq!(at(zone, "2026-10-25T02:30:00"), "2026-10-25T00:30:00.000Z", "twice: the first");
    }

    #[test]
    fn a_schedule_meets_on_its_weekday() {
        let monday = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert!(meets_on(1, monday));
        assert!(!meets_on(2, monday));
        assert!(!meets_on(1, NaiveDate::from_ymd_opt(2101, 1, 3).unwrap()));
    }
}
