//! Makeup classes and class credit (RULES §3, §4).

use super::{Booking, Session};
use crate::text::checked_reason;
use chrono::NaiveDate;
use logic::Instant;
use logic::compensation::UsageType;
use logic::error::Refusal;
use logic::ids::{BookingId, CourseId, GrantId, MakeupId, ProfileId, ScheduleId};
use logic::makeup::CompletionType;
use logic::status::{GrantSource, GrantStatus, Movement};
use serde::{Deserialize, Serialize};

shapes! {
    /// A class made up (RULES §3).
    Makeup {
        /// Its id.
        id: MakeupId,
        /// The missed booking.
        original_booking_id: BookingId,
        /// The profile that missed it.
        profile_id: ProfileId,
        /// The course that makes up for it.
        makeup_class_id: CourseId,
        /// The timetable slot.
        makeup_schedule_id: ScheduleId,
        /// The date of the class.
        makeup_date: NaiveDate,
        /// The course's name.
        course_name: String,
        /// When that class starts.
        starts_at: Instant,
        /// The status.
        status: logic::status::MakeupStatus,
        /// Minutes missed.
        original_duration: u32,
        /// Minutes made up.
        makeup_duration: u32,
        /// `original_duration` minus `makeup_duration`.
        duration_difference: i64,
        /// Whether the makeup class is shorter, as long, or longer.
        completion_type: logic::makeup::CompletionType,
        /// The grant of credit for the lost minutes, if there is one.
        compensation_id: Option<logic::ids::GrantId>,
    }
    // Requests.

    /// `POST /makeup/book`.
    BookMakeup {
        /// The profile that the request is for.
        profile_id: ProfileId,
        /// The missed booking.
        original_booking_id: BookingId,
        /// The timetable slot of the makeup class.
        course_schedule_id: ScheduleId,
        /// The date of the class.
        #[serde(deserialize_with = "crate::date::deserialize")]
        booking_date: NaiveDate,
    }
    /// `POST /compensation/preview`, the question.
    PreviewAsk {
        /// The profile whose credit is spent.
        profile_id: ProfileId,
        /// Minutes to spend, 1 to 1440.
        required_minutes: i64,
    }

    /// `POST /compensation/grants`: class credit as goodwill.
    GoodwillAsk {
        /// The booking that it is for.
        booking_id: BookingId,
        /// Minutes to grant, 1 to 1440.
        minutes: i64,
        /// Why, in 1 to 200 characters; no family sees it.
        reason: String,
    }
    /// `PUT /bookings/{id}/makeup-right`: the right to a makeup, or a longer one.
    MakeupRightAsk {
        /// The last start of a class that can make up for the booking.
        until: Instant,
        /// Why, in 1 to 200 characters; no family sees it.
        reason: String,
    }

    // Answers.

    /// A missed booking that is still to be made up.
    Owed {
        /// The missed booking.
        booking: Booking,
        /// The last start of a class that can make up for it.
        makeup_until: Instant,
    }
    /// A class that can make up for a missed one.
    MakeupOption {
        /// The class.
        session: Session,
        /// Minutes missed.
        original_duration: u32,
        /// Minutes made up.
        makeup_duration: u32,
        /// `original_duration` minus `makeup_duration`.
        duration_difference: i64,
        /// Whether the makeup class is shorter, as long, or longer.
        completion_type: CompletionType,
        /// The credit that would be granted for the lost minutes.
        compensation_minutes: u32,
        /// Whether the class is full and its waitlist can be joined.
        waitlist: bool,
    }
    /// `GET /makeup/my`.
    Makeups {
        /// The makeups on this page, newest first.
        items: Vec<Makeup>,
        /// Pass it back as `?cursor=` for the next page; null on the last page.
        next_cursor: Option<String>,
        /// The number of all makeups by status, not only those on the page.
        counts: MakeupCounts,
    }
    /// Makeups by status.
    MakeupCounts {
        /// Not settled yet.
        pending: u32,
        /// Booked.
        confirmed: u32,
        /// Attended.
        completed: u32,
        /// Cancelled by the member, or with its class.
        cancelled: u32,
        /// Missed.
        no_show: u32,
    }
    /// Class credit.
    Grant {
        /// Its id.
        id: GrantId,
        /// The booking that it is for: the missed one of a makeup.
        original_booking_id: BookingId,
        /// What it came with.
        #[serde(default = "makeup")]
        #[cfg_attr(feature = "openapi", schema(required))]
        source: GrantSource,
        /// Minutes granted.
        compensation_minutes: u32,
        /// Minutes that can still be spent.
        remaining_minutes: u32,
        /// The status.
        status: GrantStatus,
        /// When it was granted.
        created_time: Instant,
        /// The instant from which it can no longer be spent.
        expiry_time: Instant,
        /// When it was spent to zero.
        used_time: Option<Instant>,
    }
    /// All that a profile was granted, and where it went: granted = available + used + expired + revoked.
    CreditTotals {
        /// Minutes granted.
        granted: u32,
        /// Minutes spent, minus those given back.
        used: u32,
        /// Expired.
        expired: u32,
        /// Withdrawn.
        revoked: u32,
    }
    /// `GET /compensation/balance`.
    Balance {
        /// The profile.
        profile_id: ProfileId,
        /// Minutes that can be spent now.
        available_minutes: u32,
        /// Available minutes that expire within the policy's `expiring_soon`.
        expiring_soon_minutes: u32,
        /// When the next minutes expire; null if there are none.
        next_expiry: Option<Instant>,
        /// Every grant: those that can be spent in the order in which they will be, then the others, newest first.
        grants: Vec<Grant>,
        /// Sums over all grants.
        totals: CreditTotals,
    }
    /// A movement of credit minutes.
    CreditMovement {
        /// The instant of the movement.
        at: Instant,
        /// The kind of movement.
        kind: Movement,
        /// The number of minutes.
        minutes: u32,
        /// Minutes left on the grant afterwards.
        remaining_minutes: u32,
        /// The grant.
        compensation_id: GrantId,
        /// The booking that the minutes were for; null for minutes that expired.
        booking_id: Option<BookingId>,
        /// For a use: whether it took the grant to zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage_type: Option<UsageType>,
    }
    /// Minutes that a payment takes from one grant.
    CreditUse {
        /// The grant.
        compensation_id: GrantId,
        /// Minutes taken.
        used_minutes: u32,
        /// Minutes left on the grant.
        remaining_minutes: u32,
        /// Whether the use takes the grant to zero.
        usage_type: UsageType,
    }
    /// `POST /compensation/preview`, the answer.
    Preview {
        /// What a booking paid now would take from each grant.
        uses: Vec<CreditUse>,
        /// Minutes that can be spent now.
        available: u32,
    }
}

impl GoodwillAsk {
    /// The reason without the blanks around it.
    ///
    /// # Errors
    /// `invalid_request` with what would be right.
    pub fn checked_reason(&self) -> Result<String, Refusal> {
        checked_reason(&self.reason)
    }
}

impl MakeupRightAsk {
    /// The reason without the blanks around it.
    ///
    /// # Errors
    /// `invalid_request` with what would be right.
    pub fn checked_reason(&self) -> Result<String, Refusal> {
        checked_reason(&self.reason)
    }
}

/// What the grants of an older service came with.
fn makeup() -> GrantSource {
    GrantSource::Makeup
}
