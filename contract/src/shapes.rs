//! The JSON shapes of requests and answers, field for field.

use crate::text::{MAX_REASON, checked_reason};
use chrono::NaiveDate;
use logic::deadline::Phase;
use logic::error::Refusal;
use logic::ids::{
    AccountId, BookingId, CourseId, NotificationId, PolicyId, ProfileId, ScheduleId, WaitlistId,
};
use logic::status::{
    BookingSource, BookingStatus, Delivery, EntryStatus, NotificationStatus, NotificationType, Reason, Role,
    SessionStatus,
};
use logic::{Code, Instant};
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

mod accounts;
mod credit;
mod desk;
mod messages;
mod people;
mod policies;
mod staff;

pub use accounts::*;
pub use credit::*;
pub use desk::*;
pub use messages::*;
pub use people::*;
pub use policies::*;
pub use staff::*;

shapes! {
    // Requests.

    /// `POST /auth/login`.
    Login {
        /// The code from `wx.login`.
        code: String,
    }
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
    /// `POST /profiles/claim`.
    ClaimChild {
        /// The code of the child; case and hyphens are ignored.
        code: String,
    }
    /// `PUT /profiles/{id}/guardians/{account_id}`.
    TellGuardian {
        /// Whether messages about the child go to the account's phone.
        told: bool,
    }
    /// `POST /subscriptions`.
    Subscriptions {
        /// The result of `wx.requestSubscribeMessage`, by template id. A word that begins with `accept` is a consent, and any other is not.
        results: std::collections::BTreeMap<String, String>,
    }
    /// `POST /waitlist/process-expiry`.
    ProcessExpiry {
        /// The largest number of offers to process; 1000 if left out.
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
        /// The account that logged in.
        account_id: AccountId,
        /// The account's role.
        role: Role,
        /// The name of a person who works at the gym.
        #[serde(default)]
        name: Option<String>,
        /// The profiles that the account may act for.
        profiles: Vec<Profile>,
    }
    /// `GET /time`.
    Time {
        /// The service's clock.
        now: Instant,
    }
    /// A child or an adult who goes to class.
    Profile {
        /// Its id.
        id: ProfileId,
        /// Its name.
        name: String,
        /// The group it trains in, if the gym says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    }
    /// `POST /profiles/{id}/claim-code`.
    ClaimCode {
        /// Eight letters. It is shown once.
        code: String,
        /// The last instant at which it counts.
        expires_at: Instant,
    }
    /// An account that may act for a child.
    Guardian {
        /// The account.
        account_id: AccountId,
        /// Its name, if the gym knows it.
        name: Option<String>,
        /// Whether it is the first guardian, who may invite and remove the others.
        first: bool,
        /// Whether messages about the child go to its phone.
        told: bool,
        /// Since when it is a guardian.
        since: Instant,
    }
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
        /// The version of the policy that judges its class, as in [`Session`].
        policy_id: PolicyId,
        /// When it was made.
        created_at: Instant,
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
        /// The version of the policy that judges its class, as in [`Session`].
        policy_id: PolicyId,
    }
    /// `GET /waitlist/position/{id}`.
    Position {
        /// The entry.
        waitlist_id: WaitlistId,
        /// The status.
        status: EntryStatus,
        /// As in [`Entry`].
        position: Option<u32>,
        /// Waiting entries before it; null once it has ended.
        ahead: Option<u32>,
        /// Waiting entries of that session.
        waiting_total: u32,
        /// As in [`Entry`].
        chance: Option<f64>,
        /// As in [`Entry`].
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
    /// A class made up (RULES §3).
    Makeup {
        /// Its id.
        id: logic::ids::MakeupId,
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
    /// A message to a member about an entry, and its outcome.
    Notification {
        /// Its id.
        id: NotificationId,
        /// The entry.
        waitlist_id: WaitlistId,
        /// The type of the message.
        notification_type: NotificationType,
        /// The number of this message among those of its entry, starting at 1.
        notification_round: u32,
        /// When it was made.
        sent_time: Instant,
        /// Until when it could be answered.
        response_deadline: Option<Instant>,
        /// When it was answered.
        response_time: Option<Instant>,
        /// The outcome.
        status: NotificationStatus,
        /// Whether WeChat accepted the message.
        delivery: Delivery,
        /// The text of the message.
        message_content: String,
        /// What happened with the offered seat.
        flow: Option<Flow>,
    }
    /// `GET /waitlist/{id}/notifications`.
    EntryNotifications {
        /// The messages on this page, newest first.
        items: Vec<Notification>,
        /// Pass it back as `?cursor=` for the next page; null on the last page.
        next_cursor: Option<String>,
        /// The number of all messages, by outcome.
        counts: Counts,
    }
    /// Notifications by their current status.
    Counts {
        /// Sent and not answered yet.
        sent: u32,
        /// Answered.
        responded: u32,
        /// Not answered in time.
        expired: u32,
        /// Withdrawn.
        cancelled: u32,
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
    /// What happened with an offered seat.
    Flow {
        /// When it was made.
        flow_start_time: Instant,
        /// When it ended.
        flow_completion_time: Option<Instant>,
        /// Why it ended without a booking.
        expiration_reason: Option<Reason>,
    }
    /// `GET /subscriptions`, and the answer to `POST /subscriptions`.
    Remaining {
        /// Accepts that no message has used yet, by template id: of every template that the account accepted,
        /// or of those in the request.
        remaining: std::collections::BTreeMap<String, u32>,
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
    /// `POST /rules/{fn}`, the question.
    RuleCall {
        /// The argument list of the function.
        args: Vec<serde_json::Value>,
    }
    /// `POST /rules/{fn}`, the answer.
    RuleValue {
        /// The value that the function returned.
        value: serde_json::Value,
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

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items on this page.
    pub items: Vec<T>,
    /// Pass it back as `?cursor=` for the next page; null on the last page.
    pub next_cursor: Option<String>,
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
