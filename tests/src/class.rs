//! A class session of a plan.

use chrono::{Days, NaiveDate};
use logic::ids::{CourseId, ScheduleId};
use logic::time::DAY_MINUTES;
use logic::{Instant, Minutes};

/// A class session.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// The course.
    pub course: CourseId,
    /// The slot.
    pub schedule: ScheduleId,
    /// The date.
    pub date: NaiveDate,
    /// The start.
    pub start: Instant,
}

impl Class {
    /// Returns the class in the same slot, this many weeks later.
    #[must_use]
    pub fn later(&self, weeks: u32) -> Self {
        let days = u64::from(weeks) * 7;
        Self {
            date: self.date + Days::new(days),
            start: self.start.plus(Minutes(i64::from(weeks) * 7 * DAY_MINUTES)),
            ..*self
        }
    }
}
