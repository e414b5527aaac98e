//! What was said to a family, and what its account has read of it.

use chrono::NaiveDate;
use logic::Instant;
use logic::ids::{BookingId, GrantId, MakeupId, MessageId, ProfileId, ScheduleId, WaitlistId};
use logic::status::MessageDelivery;
use serde::{Deserialize, Serialize};

shapes! {
    /// `PUT /messages/read`.
    ReadMessages {
        /// The newest message that was seen: it and every older one are read.
        up_to: MessageId,
    }
    /// `PUT /messages/read`, the answer.
    Unread {
        /// Messages to all children of the account that it has not read.
        unread: u32,
    }
    /// A message to the family of a child.
    Message {
        /// Its id.
        id: MessageId,
        /// The child.
        profile_id: ProfileId,
        /// What was said: one of the kinds that docs/API.md lists, or a newer one.
        kind: String,
        /// When it was said.
        said_at: Instant,
        /// The text in a few words.
        title: String,
        /// The text.
        text: String,
        /// What it is about.
        subject: Subject,
        /// Whether it reached the phone.
        delivery: MessageDelivery,
        /// When the caller's account read it.
        read_at: Option<Instant>,
    }
    /// What a message is about: the thing itself, and the class wherever there is one.
    Subject {
        /// The waitlist entry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waitlist_id: Option<WaitlistId>,
        /// The booking.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booking_id: Option<BookingId>,
        /// The makeup.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        makeup_id: Option<MakeupId>,
        /// The grant of class credit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant_id: Option<GrantId>,
        /// The timetable slot of the class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        course_schedule_id: Option<ScheduleId>,
        /// The date of the class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booking_date: Option<NaiveDate>,
    }
    /// `GET /messages/my`: a page of messages, the newest first.
    Messages {
        /// The messages on this page.
        items: Vec<Message>,
        /// Pass it back as `?cursor=` for the next page; null on the last page.
        next_cursor: Option<String>,
        /// Messages to all children of the caller's account that it has not read, whatever the page shows.
        unread: u32,
    }
}
