//! Bookings: direct, late, cancelled and left.

use crate::text::{MAX_REASON, checked_reason};
use chrono::NaiveDate;
use logic::error::Refusal;
use logic::ids::{BookingId, PolicyId, ProfileId, ScheduleId};
use logic::status::{BookingSource, BookingStatus};
use logic::{Code, Instant};
use serde::{Deserialize, Serialize};

shapes! {
    /// `POST /bookings`.
    Book {
        /// The profile that the request is for.
        profile_id: ProfileId,
        /// The timetable slot.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        #[serde(deserialize_with = "crate::date::deserialize")]
        booking_date: NaiveDate,
        /// Pay with class credit; left out: no.
        #[serde(default)]
        pay_with_compensation: bool,
        /// Staff only: also after the class has started, until it ends; left out: no.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
        /// Why late, in 1 to 200 characters; no family sees it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    /// `POST /bookings/{id}/leave`, whose body may be left out.
    LeaveAsk {
        /// Staff only: also later than `free_cancellation_lead` before class; left out: no.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waive_lead: bool,
        /// Why, in 1 to 200 characters; no family sees it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    /// A seat that a profile has, or had, in a class.
    Booking {
        /// Its id.
        id: BookingId,
        /// The profile that the seat is for.
        profile_id: ProfileId,
        /// The timetable slot.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        booking_date: NaiveDate,
        /// The course's name.
        course_name: String,
        /// When the class starts.
        starts_at: Instant,
        /// The length of the class, in minutes.
        duration_minutes: u32,
        /// The status.
        status: BookingStatus,
        /// How the booking was made.
        source: BookingSource,
        /// Minutes of credit that paid for it.
        compensation_minutes_used: u32,
        /// Until when a missed class can be made up.
        makeup_until: Option<Instant>,
        /// When the gym recorded whether the child came; what the end of the class completed has none.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(required))]
        attendance_marked_at: Option<Instant>,
        /// The version of the policy that judges its class, as in `Session`.
        policy_id: PolicyId,
        /// When it was made.
        created_at: Instant,
    }
}

impl Book {
    /// Why staff book late; `None` where they do not.
    ///
    /// # Errors
    /// `invalid_request` for a reason that is none, or is given without `late`.
    pub fn late_reason(&self) -> Result<Option<String>, Refusal> {
        power_reason(("late", self.late), self.reason.as_deref())
    }
}

impl LeaveAsk {
    /// Why staff waive the lead; `None` where they do not.
    ///
    /// # Errors
    /// `invalid_request` for a reason that is none, or is given without `waive_lead`.
    pub fn waive_reason(&self) -> Result<Option<String>, Refusal> {
        power_reason(("waive_lead", self.waive_lead), self.reason.as_deref())
    }
}

/// The reason for a power of staff that a field asks for: the two go together (R9.3).
fn power_reason((field, asked): (&str, bool), reason: Option<&str>) -> Result<Option<String>, Refusal> {
    let wrong = |words: String| Err(Refusal::because(Code::InvalidRequest, words));
    match (asked, reason) {
        (true, Some(reason)) => checked_reason(reason).map(Some),
        (true, None) => wrong(format!("reason: {field} needs one, of 1 to {MAX_REASON} characters")),
        (false, Some(_)) => wrong(format!("reason: it goes with {field} alone")),
        (false, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers R9.3.
    #[test]
    fn a_power_and_its_reason_go_together() {
        let asked = |waive_lead, reason: Option<&str>| {
            let ask = LeaveAsk { waive_lead, reason: reason.map(str::to_owned) };
            ask.waive_reason().map_err(|refusal| refusal.code)
        };
        assert_eq!(asked(false, None), Ok(None));
        assert_eq!(asked(true, Some(" 发烧 ")), Ok(Some("发烧".to_owned())));
        let long = "x".repeat(MAX_REASON + 1);
        for (waives, reason) in [(true, None), (false, Some("发烧")), (true, Some(" ")), (true, Some(&*long))]
        {
            assert_eq!(asked(waives, reason), Err(Code::InvalidRequest), "{reason:?}");
        }
    }
}
