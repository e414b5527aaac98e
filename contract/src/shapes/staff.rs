//! Requests of the gym's staff, and the answers.

use crate::text::checked_reason;
use chrono::NaiveDate;
use logic::Instant;
use logic::error::Refusal;
use logic::ids::{NotificationId, ScheduleId, WaitlistId};
use logic::status::NotifyOutcome;
use logic::{Code, status::BookingStatus};
use serde::{Deserialize, Serialize};

/// The largest capacity of a class.
pub const MAX_CAPACITY: u32 = logic::policy::CAPACITY_MAX;
/// The largest number of entries in one `notify`.
pub const MAX_NOTIFY: u32 = 100;

shapes! {
    /// `POST /waitlist/notify`: a class, or entries by id; see [`NotifyAsk::whom`].
    NotifyAsk {
        /// The timetable slot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        course_schedule_id: Option<ScheduleId>,
        /// The date of the class.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::date::optional")]
        booking_date: Option<NaiveDate>,
        /// The largest number of seats to offer, 1 to 100; every free seat if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
        /// 1 to 100 entries, regardless of their order in the queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waitlist_ids: Option<Vec<WaitlistId>>,
        /// Why these entries, in 1 to 200 characters; no family sees it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    /// `POST /waitlist/notify`, the answer.
    NotifyResults {
        /// One result for each entry considered, in order.
        results: Vec<NotifyResult>,
    }
    /// The result for one entry.
    NotifyResult {
        /// The entry.
        waitlist_id: WaitlistId,
        /// Whether the entry was offered a seat.
        outcome: NotifyOutcome,
        /// The code of the refusal, if it was not offered one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The offer's notification.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notification_id: Option<NotificationId>,
        /// Until when it can be answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_deadline: Option<Instant>,
    }
    /// `POST /bookings/{id}/attendance`.
    Attend {
        /// Whether the member attended.
        status: Attendance,
    }
    /// `PUT /sessions/{id}/{date}/capacity`.
    SetCapacity {
        /// The number of seats of this date, at most 1,000; null gives it back to the timetable.
        #[serde(deserialize_with = "Option::deserialize")]
        #[cfg_attr(feature = "openapi", schema(required))]
        capacity: Option<u32>,
    }
}

/// Whether someone came to class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// The member attended.
    Completed,
    /// The member did not attend.
    Absent,
}

impl From<Attendance> for BookingStatus {
    fn from(attendance: Attendance) -> Self {
        match attendance {
            Attendance::Completed => Self::Completed,
            Attendance::Absent => Self::Absent,
        }
    }
}

/// The entries that a [`NotifyAsk`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The queue of a class, in order.
    Class {
        /// The timetable slot.
        schedule: ScheduleId,
        /// The date of the class.
        date: NaiveDate,
        /// The largest number of seats to offer; `None`: every free seat.
        max: Option<u32>,
    },
    /// These entries, regardless of their order in the queue.
    Entries {
        /// The entries.
        ids: Vec<WaitlistId>,
        /// Why these, where staff say so.
        reason: Option<String>,
    },
}

impl NotifyAsk {
    /// Whom the request names.
    ///
    /// # Errors
    /// `invalid_request` if it names neither a class nor entries, or both, or too many.
    pub fn whom(&self) -> Result<Whom, Refusal> {
        let wrong = |words: String| Err(Refusal::because(Code::InvalidRequest, words));
        match (self.course_schedule_id, self.booking_date, &self.waitlist_ids) {
            (Some(schedule), Some(date), None) if self.reason.is_none() => match self.max {
                Some(max) if !(1..=MAX_NOTIFY).contains(&max) => {
                    wrong(format!("max is {max}: it must be 1 to {MAX_NOTIFY}"))
                }
                max => Ok(Whom::Class { schedule, date, max }),
            },
            (None, None, Some(ids)) if self.max.is_none() => match u32::try_from(ids.len()) {
                Ok(1..=MAX_NOTIFY) => {
                    let reason = self.reason.as_deref().map(checked_reason).transpose()?;
                    Ok(Whom::Entries { ids: ids.clone(), reason })
                }
                _ => wrong(format!("waitlist_ids names {} entries: it must be 1 to {MAX_NOTIFY}", ids.len())),
            },
            _ => wrong(
                "name a class (course_schedule_id and booking_date, with max or without) or entries \
                 (waitlist_ids, with a reason or without)"
                    .to_owned(),
            ),
        }
    }
}

impl SetCapacity {
    /// The number of seats of this date; `None` for that of the timetable.
    ///
    /// # Errors
    /// `invalid_request` past [`MAX_CAPACITY`].
    pub fn seats(&self) -> Result<Option<u32>, Refusal> {
        match self.capacity {
            Some(seats) if seats > MAX_CAPACITY => {
                let words = format!("capacity is {seats}: it must be 0 to {MAX_CAPACITY}, or null");
                Err(Refusal::because(Code::InvalidRequest, words))
            }
            seats => Ok(seats),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn whom(json: serde_json::Value) -> Result<Whom, Code> {
        serde_json::from_value::<NotifyAsk>(json).unwrap().whom().map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_class_or_entries_are_notified() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let class = |max| Ok(Whom::Class { schedule: ScheduleId(3), date, max });
        assert_eq!(whom(json!({"course_schedule_id": 3, "booking_date": "2026-03-02"})), class(None));
        assert_eq!(
            whom(json!({"course_schedule_id": 3, "booking_date": "2026-03-02", "max": 100})),
            class(Some(100))
        );
        let entries = |reason: Option<&str>| {
            Ok(Whom::Entries { ids: vec![WaitlistId(2), WaitlistId(1)], reason: reason.map(str::to_owned) })
        };
        assert_eq!(whom(json!({"waitlist_ids": [2, 1]})), entries(None));
        assert_eq!(whom(json!({"waitlist_ids": [2, 1], "reason": " 急 "})), entries(Some("急")));
    }

    #[test]
    fn neither_both_and_too_many_are_malformed() {
        for ask in [
            json!({}),
            json!({"course_schedule_id": 3}),
            json!({"booking_date": "2026-03-02"}),
            json!({"max": 1}),
            json!({"waitlist_ids": []}),
            json!({"waitlist_ids": vec![1; 101]}),
            json!({"waitlist_ids": [1], "max": 1}),
            json!({"waitlist_ids": [1], "reason": ""}),
            json!({"course_schedule_id": 3, "booking_date": "2030-03-02", "reason": "急"}),
            json!({"waitlist_ids": [1], "course_schedule_id": 3, "booking_date": "2026-03-02"}),
            json!({"course_schedule_id": 3, "booking_date": "2026-03-02", "max": 0}),
            json!({"course_schedule_id": 3, "booking_date": "2026-03-02", "max": 101}),
        ] {
            assert_eq!(whom(ask.clone()), Err(Code::InvalidRequest), "{ask}");
        }
    }

    #[test]
    fn seats_are_bounded() {
        let seats = |json| serde_json::from_value::<SetCapacity>(json).unwrap().seats().map_err(|r| r.code);
        assert_eq!(seats(json!({"capacity": 1000})), Ok(Some(MAX_CAPACITY)));
        assert_eq!(seats(json!({"capacity": 1001})), Err(Code::InvalidRequest));
        assert_eq!(seats(json!({"capacity": null})), Ok(None));
        assert!(serde_json::from_value::<SetCapacity>(json!({})).is_err(), "null is said, not left out");
    }
}
