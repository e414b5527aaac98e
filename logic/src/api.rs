//! The JSON shapes of the contract: what the edge and the backend take and give, key for key.

use crate::deadline::Phase;
use crate::ids::{AccountId, BookingId, CourseId, NotificationId, ProfileId, ScheduleId, WaitlistId};
use crate::status::{
    BookingSource, BookingStatus, Delivery, EntryStatus, NotificationStatus, NotificationType, Reason, Role,
    SessionStatus,
};
use crate::time::Instant;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The largest body that is read, in bytes; a larger one is `payload_too_large`.
pub const BODY_LIMIT: usize = 64 * 1024;
/// Items of a list where `limit` is not given.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most items of a list that can be asked for.
pub const MAX_LIMIT: u32 = 100;

/// Dates of requests: `2026-03-02`, and no other spelling.
pub mod date {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, de::Error};

    /// Reads a date.
    ///
    /// # Errors
    /// What is wrong with `text`, in words.
    pub fn parse(text: &str) -> Result<NaiveDate, String> {
        // chrono also reads `2026-3-2` and ` 2026-03-02`, and years of more digits.
        let read = text.parse::<NaiveDate>().ok().filter(|date| text.len() == 10 && date.to_string() == text);
        read.ok_or_else(|| {
            format!("`{}` is not a date like 2026-03-02", text.chars().take(40).collect::<String>())
        })
    }

    /// For `#[serde(deserialize_with)]`.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
        parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    /// The same, where a date may be left out.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.as_deref().map(parse).transpose().map_err(D::Error::custom)
    }

    #[cfg(test)]
    mod tests {
        use super::parse;

        #[test]
        fn a_date_has_one_spelling() {
            assert_eq!(parse("2026-03-02").map(|date| date.to_string()), Ok("2026-03-02".to_owned()));
            for other in
                ["2026-3-2", " 2026-03-02", "2026-03-02 ", "+2026-03-02", "+12026-03-02", "2026-02-29", ""]
            {
                assert!(parse(other).is_err(), "{other}");
            }
        }
    }
}

impl crate::error::Facts {
    /// The members that a problem has besides those of every problem, for the rule's own facts.
    pub fn members(&self) -> serde_json::Map<String, serde_json::Value> {
        use serde_json::json;
        let members = match self {
            Self::None | Self::Words(_) => vec![],
            Self::Deadline(deadline) => vec![("deadline", json!(deadline))],
            Self::Minutes { required, available } => {
                vec![("required", json!(required)), ("available", json!(available))]
            }
            Self::Bookings(bookings) => vec![("bookings", json!(bookings))],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

macro_rules! shapes {
    (@strict $($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),* }
    )*};
}

mod address;
pub mod body;
mod credit;
mod staff;
mod who;

pub use address::*;
pub use credit::*;
pub use staff::*;
pub use who::*;

shapes! { @strict
    // Requests.

    /// `POST /auth/login`.
    Login {
        /// What `wx.login` gave.
        code: String,
    }
    /// `POST /bookings`.
    Book {
        /// For whom.
        profile_id: ProfileId,
        /// Which place of the timetable.
        course_schedule_id: ScheduleId,
        /// On which day.
        #[serde(deserialize_with = "date::deserialize")]
        booking_date: NaiveDate,
        /// Pay with class credit; left out: no.
        #[serde(default)]
        pay_with_compensation: bool,
    }
    /// `POST /waitlist/join`.
    Join {
        /// For whom.
        profile_id: ProfileId,
        /// Which place of the timetable.
        course_schedule_id: ScheduleId,
        /// On which day.
        #[serde(deserialize_with = "date::deserialize")]
        booking_date: NaiveDate,
        /// The missed booking that a confirm is to make up.
        #[serde(default)]
        makeup_for: Option<BookingId>,
    }
    /// `PUT /waitlist/{id}/respond`.
    Respond {
        /// The answer.
        action: Action,
    }
    /// `POST /subscriptions`.
    Subscriptions {
        /// What `wx.requestSubscribeMessage` gave: by template id.
        results: std::collections::BTreeMap<String, Consent>,
    }
    /// `POST /waitlist/process-expiry`.
    ProcessExpiry {
        /// The most offers to look at; left out: 1000.
        #[serde(default)]
        limit: Option<u32>,
    }

    // Answers.

    /// `POST /auth/login`.
    LoggedIn {
        /// Send it as `Authorization: Bearer …`.
        token: String,
        /// When it ends.
        expires_at: Instant,
        /// Who logged in.
        account_id: AccountId,
        /// Whom the account may act for.
        profiles: Vec<Profile>,
    }
    /// `GET /time`.
    Time {
        /// The service's clock.
        now: Instant,
    }
    /// Who goes to class.
    Profile {
        /// Its id.
        id: ProfileId,
        /// Its name.
        name: String,
        /// The group it trains in, if the gym says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    }
    /// A class on a day.
    Session {
        /// Which place of the timetable.
        course_schedule_id: ScheduleId,
        /// On which day.
        booking_date: NaiveDate,
        /// What is taught.
        course_id: CourseId,
        /// Its name.
        course_name: String,
        /// Its category: makeups stay within one.
        category: String,
        /// When it starts.
        starts_at: Instant,
        /// When it ends.
        ends_at: Instant,
        /// How long it is, in minutes.
        duration_minutes: u32,
        /// Seats.
        capacity: u32,
        /// Seats booked.
        booked: u32,
        /// Seats held by live offers.
        held: u32,
        /// What a direct booking could take: 0 while anyone waits in phase `open`.
        free: u32,
        /// Waiting entries.
        waiting: u32,
        /// Waiting and notified entries that the queue takes.
        queue_capacity: u32,
        /// Where the waitlist's deadlines stand.
        phase: Phase,
        /// When the last offer can go out.
        last_notification_at: Instant,
        /// When the last offer ends.
        response_cutoff_at: Instant,
        /// Held or called off.
        status: SessionStatus,
    }
    /// A place in a class session.
    Booking {
        /// Its id.
        id: BookingId,
        /// Whose it is.
        profile_id: ProfileId,
        /// Which place of the timetable.
        course_schedule_id: ScheduleId,
        /// On which day.
        booking_date: NaiveDate,
        /// When the class starts.
        starts_at: Instant,
        /// How long it is, in minutes.
        duration_minutes: u32,
        /// Where it stands.
        status: BookingStatus,
        /// How it came about.
        source: BookingSource,
        /// Minutes of credit that paid for it.
        compensation_minutes_used: u32,
        /// Until when a missed class can be made up.
        makeup_until: Option<Instant>,
        /// When it was made.
        created_at: Instant,
    }
    /// A place in a queue.
    Entry {
        /// Its id.
        id: WaitlistId,
        /// Who waits.
        profile_id: ProfileId,
        /// Which place of the timetable.
        course_schedule_id: ScheduleId,
        /// On which day.
        booking_date: NaiveDate,
        /// The course's name.
        course_name: String,
        /// When the class starts.
        starts_at: Instant,
        /// The live rank, 1-based; 0 while it is being offered a seat; null once it has ended.
        position: Option<u32>,
        /// Where it stands.
        status: EntryStatus,
        /// When it joined.
        join_time: Instant,
        /// When it was last offered a seat.
        last_notified_at: Option<Instant>,
        /// When it took the seat.
        confirmed_at: Option<Instant>,
        /// When the last offer can go out.
        expires_at: Instant,
        /// Until when its latest offer could be answered.
        response_deadline: Option<Instant>,
        /// The missed booking that a confirm makes up.
        makeup_for: Option<BookingId>,
        /// The chance of a seat, 0 to 1; null once it has ended.
        chance: Option<f64>,
    }
    /// `GET /waitlist/position/{id}`.
    Position {
        /// Which entry.
        waitlist_id: WaitlistId,
        /// Where it stands.
        status: EntryStatus,
        /// As in [`Entry`].
        position: Option<u32>,
        /// Waiting entries before it; null once it has ended.
        ahead: Option<u32>,
        /// Waiting entries of that session.
        waiting_total: u32,
        /// As in [`Entry`].
        chance: Option<f64>,
        /// Median minutes to a seat; null where the chance is under a half.
        estimated_wait_minutes: Option<u32>,
        /// When the last offer can go out.
        last_notification_at: Instant,
        /// The instant that this holds for.
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
    /// A class made up (RULES §3).
    Makeup {
        /// Its id.
        id: crate::ids::MakeupId,
        /// What was missed.
        original_booking_id: BookingId,
        /// Who missed it.
        profile_id: ProfileId,
        /// The course that makes up for it.
        makeup_class_id: CourseId,
        /// Which place of the timetable.
        makeup_schedule_id: ScheduleId,
        /// On which day.
        makeup_date: NaiveDate,
        /// When that class starts.
        starts_at: Instant,
        /// Where it stands.
        status: crate::status::MakeupStatus,
        /// Minutes missed.
        original_duration: u32,
        /// Minutes made up.
        makeup_duration: u32,
        /// The first less the second.
        duration_difference: i64,
        /// Less, as much, or more.
        completion_type: crate::makeup::CompletionType,
        /// The credit for the minutes owed.
        compensation_id: Option<crate::ids::GrantId>,
    }
    /// A message to a member, and what became of it.
    Notification {
        /// Its id.
        id: NotificationId,
        /// About which entry.
        waitlist_id: WaitlistId,
        /// What about.
        notification_type: NotificationType,
        /// The how-manyth of its entry.
        notification_round: u32,
        /// When it was made.
        sent_time: Instant,
        /// Until when it could be answered.
        response_deadline: Option<Instant>,
        /// When it was answered.
        response_time: Option<Instant>,
        /// What became of it.
        status: NotificationStatus,
        /// Whether the messenger took it.
        delivery: Delivery,
        /// What it says.
        message_content: String,
        /// How the offer went.
        flow: Option<Flow>,
    }
    /// `GET /waitlist/{id}/notifications`.
    EntryNotifications {
        /// The latest hundred, newest first.
        items: Vec<Notification>,
        /// All of them, by what became of them.
        counts: Counts,
    }
    /// Notifications by their current status.
    Counts {
        /// Out, unanswered.
        sent: u32,
        /// Answered.
        responded: u32,
        /// Not answered in time.
        expired: u32,
        /// Taken back.
        cancelled: u32,
    }
    /// `GET /waitlist/deadline-check`.
    DeadlineCheck {
        /// When the class starts.
        starts_at: Instant,
        /// When the last offer can go out.
        last_notification_at: Instant,
        /// When the last offer ends.
        response_cutoff_at: Instant,
        /// Where these deadlines stand.
        phase: Phase,
        /// Between the last notification and the class.
        final_window_active: bool,
        /// Whole seconds until the last offer can go out; 0 from then on.
        seconds_to_last_notification: i64,
        /// Offers that ran out and that this call ended.
        overdue_settled: u32,
        /// Offers that this call made.
        promoted: u32,
    }
    /// How an offer went.
    Flow {
        /// When it was made.
        flow_start_time: Instant,
        /// When it ended.
        flow_completion_time: Option<Instant>,
        /// Why, if without a booking.
        expiration_reason: Option<Reason>,
    }
    /// `POST /subscriptions`, the answer.
    Remaining {
        /// Accepts that no message has used up yet, by template id: of those that were asked about.
        remaining: std::collections::BTreeMap<String, u32>,
    }
    /// `POST /waitlist/process-expiry`, and the queue's part of a sweep.
    Swept {
        /// Offers that ran out.
        expired: u32,
        /// New offers.
        promoted: u32,
        /// Waiting entries whose list closed.
        closed: u32,
        /// Seats given to direct booking.
        released: u32,
    }
    /// `POST /rules/{fn}`, the question.
    RuleCall {
        /// The argument list of the function.
        args: Vec<serde_json::Value>,
    }
    /// `POST /rules/{fn}`, the answer.
    RuleValue {
        /// What the function answers.
        value: serde_json::Value,
    }
}

/// What a token says (API, "Who may").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account, as text: RFC 7519 wants a string.
    pub sub: String,
    /// What it may do.
    pub role: Role,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Ends at, in seconds.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Hand it back as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// What a member said to one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Yes, to one message.
    Accept,
    /// Not this time.
    Reject,
    /// WeChat has banned the template.
    Ban,
}

/// An answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take the seat.
    Confirm,
    /// Let it go.
    Decline,
}
