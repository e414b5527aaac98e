//! Notifications about waitlist entries, and consents to messages.

use logic::Instant;
use logic::ids::{NotificationId, WaitlistId};
use logic::status::{Delivery, NotificationStatus, NotificationType, Reason};
use serde::{Deserialize, Serialize};

shapes! {
    /// `POST /subscriptions`.
    Subscriptions {
        /// The result of `wx.requestSubscribeMessage`, by template id. A word that begins with `accept` is a consent, and any other is not.
        results: std::collections::BTreeMap<String, String>,
    }
    /// `GET /subscriptions`, and the answer to `POST /subscriptions`.
    Remaining {
        /// Accepts that no message has used yet, by template id: of every template that the account accepted,
        /// or of those in the request.
        remaining: std::collections::BTreeMap<String, u32>,
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
    /// What happened with an offered seat.
    Flow {
        /// When it was made.
        flow_start_time: Instant,
        /// When it ended.
        flow_completion_time: Option<Instant>,
        /// Why it ended without a booking.
        expiration_reason: Option<Reason>,
    }
}
