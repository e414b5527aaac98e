//! The JSON shapes of the contract: what the edge and the backend take and give, key for key.

use chrono::NaiveDate;
use logic::Instant;
use logic::deadline::Phase;
use logic::ids::{AccountId, BookingId, CourseId, NotificationId, ProfileId, ScheduleId, WaitlistId};
use logic::status::{
    BookingSource, BookingStatus, Delivery, EntryStatus, NotificationStatus, NotificationType, Reason,
    SessionStatus,
};
use serde::{Deserialize, Serialize};

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),* }
    )*};
}

mod credit;
mod staff;

pub use credit::*;
pub use staff::*;

shapes! {
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
        #[serde(deserialize_with = "crate::date::deserialize")]
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
        #[serde(deserialize_with = "crate::date::deserialize")]
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
        id: logic::ids::MakeupId,
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
        status: logic::status::MakeupStatus,
        /// Minutes missed.
        original_duration: u32,
        /// Minutes made up.
        makeup_duration: u32,
        /// The first less the second.
        duration_difference: i64,
        /// Less, as much, or more.
        completion_type: logic::makeup::CompletionType,
        /// The credit for the minutes owed.
        compensation_id: Option<logic::ids::GrantId>,
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
