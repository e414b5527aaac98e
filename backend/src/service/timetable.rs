//! From a slot of the timetable and a day to a class: whether there is one, and when it is held.

use crate::store::{CourseScheduleRow, NewClassSession};
use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use logic::{Instant, Minutes};

/// The class of a slot on a day, as the timetable has it.
pub fn class_of(slot: &CourseScheduleRow, zone: Tz, date: NaiveDate) -> NewClassSession {
    let starts_at = starts_at(zone, date, slot.start_time);
    NewClassSession {
        course_schedule_id: slot.id,
        booking_date: date,
        start_time: slot.start_time,
        starts_at,
        ends_at: starts_at.plus(Minutes(slot.duration_minutes.into())),
        duration_minutes: slot.duration_minutes,
        capacity: slot.capacity,
        queue_capacity: slot.queue_capacity,
    }
}

/// Whether a slot has a class on `date`. `store::class_session` asks the same of the date of a row. A year that can only
/// be a slip has none.
pub fn meets_on(slot: &CourseScheduleRow, date: NaiveDate) -> bool {
    i64::from(date.weekday().number_from_monday()) == slot.weekday
        && slot.valid_from.is_none_or(|first| first <= date)
        && slot.valid_until.is_none_or(|last| date <= last)
        && (1971..=2100).contains(&date.year())
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
}
