//! The waitlist: joining, entries, positions, answers, and what a sweep did.

use super::{Booking, Makeup};
use chrono::NaiveDate;
use logic::Instant;
use logic::deadline::Phase;
use logic::ids::{BookingId, PolicyId, ProfileId, ScheduleId, WaitlistId};
use logic::status::EntryStatus;
use serde::{Deserialize, Serialize};

shapes! {
    /// `POST /waitlist/join`.
    Join {
        /// The profile that the request is for.
        profile_id: ProfileId,
        /// The timetable slot.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        #[serde(deserialize_with = "crate::date::deserialize")]
        booking_date: NaiveDate,
        /// The missed booking that a confirm is to make up.
        #[serde(default)]
        makeup_for: Option<BookingId>,
    }
    /// `PUT /waitlist/{id}/respond`.
    Respond {
        /// The member's answer.
        action: Action,
    }
    /// `POST /waitlist/process-expiry`.
    ProcessExpiry {
        /// The largest number of offers to process; 1000 if left out.
        #[serde(default)]
        limit: Option<u32>,
    }
    /// An entry of a waitlist.
    Entry {
        /// Its id.
        id: WaitlistId,
        /// The profile that waits.
        profile_id: ProfileId,
        /// The timetable slot.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        booking_date: NaiveDate,
        /// The course's name.
        course_name: String,
        /// When the class starts.
        starts_at: Instant,
        /// The live rank, 1-based; 0 while it is being offered a seat; null once it has ended.
        position: Option<u32>,
        /// The status.
        status: EntryStatus,
        /// When it joined.
        join_time: Instant,
        /// When it was last offered a seat.
        last_notified_at: Option<Instant>,
        /// When it took the seat.
        confirmed_at: Option<Instant>,
        /// The last instant at which an offer can be sent.
        expires_at: Instant,
        /// Until when its latest offer could be answered.
        response_deadline: Option<Instant>,
        /// The missed booking that a confirm makes up.
        makeup_for: Option<BookingId>,
        /// The chance of a seat, 0 to 1; null once it has ended.
        chance: Option<f64>,
        /// Whether the chance rests on more than the prior (R6.7).
        #[serde(default)]
        chance_known: bool,
        /// The version of the policy that judges its class, as in `Session`.
        policy_id: PolicyId,
    }
    /// `GET /waitlist/position/{id}`.
    Position {
        /// The entry.
        waitlist_id: WaitlistId,
        /// The status.
        status: EntryStatus,
        /// As in `Entry`.
        position: Option<u32>,
        /// Waiting entries before it; null once it has ended.
        ahead: Option<u32>,
        /// Waiting entries of that session.
        waiting_total: u32,
        /// As in `Entry`.
        chance: Option<f64>,
        /// As in `Entry`.
        #[serde(default)]
        chance_known: bool,
        /// Median minutes to a seat; null where the chance is under a half.
        estimated_wait_minutes: Option<u32>,
        /// The last instant at which an offer can be sent.
        last_notification_at: Instant,
        /// The instant at which the answer was computed.
        as_of: Instant,
    }
    /// `PUT /waitlist/{id}/respond`.
    Responded {
        /// The entry after the answer.
        entry: Entry,
        /// The booking that a confirm made.
        booking: Option<Booking>,
        /// The makeup that a confirm made.
        makeup: Option<Makeup>,
    }
    /// `GET /waitlist/deadline-check`.
    DeadlineCheck {
        /// When the class starts.
        starts_at: Instant,
        /// The last instant at which an offer can be sent.
        last_notification_at: Instant,
        /// The last instant at which an offer can be answered.
        response_cutoff_at: Instant,
        /// The phase of the waitlist.
        phase: Phase,
        /// The minutes between the last notification and the class.
        final_window_active: bool,
        /// Whole seconds until the last instant at which an offer can be sent; 0 afterwards.
        seconds_to_last_notification: i64,
        /// Expired offers that this call ended.
        overdue_settled: u32,
        /// Offers that this call made.
        promoted: u32,
    }
    /// `POST /waitlist/process-expiry`, and the queue's part of a sweep.
    Swept {
        /// Expired offers.
        expired: u32,
        /// New offers.
        promoted: u32,
        /// Waiting entries whose list closed.
        closed: u32,
        /// Seats released to direct booking.
        released: u32,
    }
}

/// An answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take the seat.
    Confirm,
    /// Give the seat up.
    Decline,
}
