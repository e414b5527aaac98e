//! Makeup classes and class credit (RULES §3, §4).

use super::{Booking, Makeup, Session};
use chrono::NaiveDate;
use logic::Instant;
use logic::compensation::UsageType;
use logic::ids::{BookingId, GrantId, ProfileId, ScheduleId};
use logic::makeup::CompletionType;
use logic::status::{GrantStatus, Movement};
use serde::{Deserialize, Serialize};

shapes! {
    // Requests.

    /// `POST /makeup/book`.
    BookMakeup {
        /// For whom.
        profile_id: ProfileId,
        /// What was missed.
        original_booking_id: BookingId,
        /// Which place of the timetable makes up for it.
        course_schedule_id: ScheduleId,
        /// On which day.
        #[serde(deserialize_with = "crate::date::deserialize")]
        booking_date: NaiveDate,
    }
    /// `POST /compensation/preview`, the question.
    PreviewAsk {
        /// Whose credit.
        profile_id: ProfileId,
        /// Minutes to spend, 1 to 1440.
        required_minutes: i64,
    }

    // Answers.

    /// A missed booking that is still to be made up.
    Owed {
        /// What was missed.
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
        /// The first less the second.
        duration_difference: i64,
        /// Less, as much, or more.
        completion_type: CompletionType,
        /// The credit for the minutes that would be owed.
        compensation_minutes: u32,
        /// It is full, and can be waited for.
        waitlist: bool,
    }
    /// `GET /makeup/my`.
    Makeups {
        /// What is on the page, newest first.
        items: Vec<Makeup>,
        /// Hand it back as `?cursor=` for the next page; null on the last.
        next_cursor: Option<String>,
        /// All of them by status, whatever is on the page.
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
        /// Given up, or called off.
        cancelled: u32,
        /// Missed.
        no_show: u32,
    }
    /// Class credit that came with a makeup.
    Grant {
        /// Its id.
        id: GrantId,
        /// What was missed.
        original_booking_id: BookingId,
        /// Minutes granted.
        compensation_minutes: u32,
        /// Minutes that can still be spent.
        remaining_minutes: u32,
        /// Where it stands.
        status: GrantStatus,
        /// When it was granted.
        created_time: Instant,
        /// It can be spent before this.
        expiry_time: Instant,
        /// When it was spent to zero.
        used_time: Option<Instant>,
    }
    /// All that a profile was granted, and where it went: granted = available + used + expired + revoked.
    CreditTotals {
        /// Minutes granted.
        granted: u32,
        /// Spent, less what came back.
        used: u32,
        /// Ran out.
        expired: u32,
        /// Taken back.
        revoked: u32,
    }
    /// `GET /compensation/balance`.
    Balance {
        /// Whose.
        profile_id: ProfileId,
        /// Minutes that can be spent now.
        available_minutes: u32,
        /// Those of them that expire within the policy's `expiring_soon`.
        expiring_soon_minutes: u32,
        /// When the next of them expire; null if there are none.
        next_expiry: Option<Instant>,
        /// Every grant: those that can be spent in the order in which they will be, then the others, newest first.
        grants: Vec<Grant>,
        /// Sums over all grants.
        totals: CreditTotals,
    }
    /// A movement of minutes.
    CreditMovement {
        /// When.
        at: Instant,
        /// What happened.
        kind: Movement,
        /// To how many minutes.
        minutes: u32,
        /// Left on the grant after it.
        remaining_minutes: u32,
        /// On which grant.
        compensation_id: GrantId,
        /// The booking that it was for; null for minutes that ran out by themselves.
        booking_id: Option<BookingId>,
        /// Whether a use took the grant to zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage_type: Option<UsageType>,
    }
    /// What a plan takes from one grant.
    CreditUse {
        /// From which.
        compensation_id: GrantId,
        /// How much.
        used_minutes: u32,
        /// What stays on it.
        remaining_minutes: u32,
        /// Whether that is nothing.
        usage_type: UsageType,
    }
    /// `POST /compensation/preview`, the answer.
    Preview {
        /// What a booking paid now would take.
        uses: Vec<CreditUse>,
        /// Minutes that can be spent now.
        available: u32,
    }
}
