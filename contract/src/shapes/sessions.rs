//! Classes.

use super::Coach;
use chrono::NaiveDate;
use logic::Instant;
use logic::deadline::Phase;
use logic::ids::{CourseId, PolicyId, ScheduleId};
use logic::status::SessionStatus;
use serde::{Deserialize, Serialize};

shapes! {
    /// A class on a day.
    Session {
        /// The timetable slot.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        booking_date: NaiveDate,
        /// The course.
        course_id: CourseId,
        /// Its name.
        course_name: String,
        /// The course's category; a makeup class must be of the same one.
        category: String,
        /// When it starts.
        starts_at: Instant,
        /// When it ends.
        ends_at: Instant,
        /// The length of the class, in minutes.
        duration_minutes: u32,
        /// The number of seats.
        capacity: u32,
        /// Whether staff set that number for this date; else it is the timetable's.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(required))]
        capacity_own: bool,
        /// Seats booked.
        booked: u32,
        /// Seats held by live offers.
        held: u32,
        /// Seats that can be booked directly; 0 while anyone waits in phase `open`.
        free: u32,
        /// Waiting entries.
        waiting: u32,
        /// The largest number of waiting and notified entries.
        queue_capacity: u32,
        /// The phase of the waitlist.
        phase: Phase,
        /// The last instant at which an offer can be sent.
        last_notification_at: Instant,
        /// The last instant at which an offer can be answered.
        response_cutoff_at: Instant,
        /// Whether the class takes place or was cancelled by the gym.
        status: SessionStatus,
        /// Who teaches it.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(required))]
        coach: Option<Coach>,
        /// Where.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(required))]
        room: Option<String>,
        /// The version of the policy that judges it.
        policy_id: PolicyId,
        /// Whether that version judges it for good; else a version that is set later may come to.
        policy_fixed: bool,
    }
}
