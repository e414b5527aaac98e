//! The numbers that every rule is given (RULES §1).

use crate::time::Minutes;

/// The gym's numbers, checked: a value of this type satisfies RULES §1's conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The last waitlist notification goes out no later than this before class.
    pub last_notification_lead: Minutes,
    /// How long a notified member has to answer.
    pub decision_window: Minutes,
    /// Hard stop: nothing is offered later than this before class.
    pub no_notification_within: Minutes,
    /// Per entry, between two spot notifications.
    pub min_notification_interval: Minutes,
    /// A reminder this long before an unanswered offer expires.
    pub expiry_reminder_before: Minutes,
    /// A booking cancelled, or leave taken, at least this early costs nothing.
    pub free_cancellation_lead: Minutes,
    /// Waiting and notified entries of one class session, where its course sets no number of its own.
    pub queue_capacity: u32,
    /// Waiting and notified entries of one profile.
    pub active_waitlists_per_profile: u32,
    /// A missed class can be made up in a class that starts within this of the missed one.
    pub makeup_validity: Minutes,
    /// Whether an unexcused absence can be made up too.
    pub makeup_for_absence: bool,
    /// A makeup class can be booked until this before it starts.
    pub makeup_booking_lead: Minutes,
    /// A grant expires this long after it is created.
    pub compensation_validity: Minutes,
    /// A member is told this long before a grant, or the right to a makeup, expires.
    pub expiring_soon: Minutes,
    /// When members sleep, in local minutes of the day.
    pub quiet_hours: Option<QuietHours>,
}

/// A local span of the day, `[from, to)`, in minutes after midnight; `from > to` spans midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet minute of the day, 0..=1439.
    pub from: u32,
    /// First minute that is not quiet, 0..=1439.
    pub to: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            last_notification_lead: Minutes(390),
            decision_window: Minutes(30),
            no_notification_within: Minutes(360),
            min_notification_interval: Minutes(60),
            expiry_reminder_before: Minutes(10),
            free_cancellation_lead: Minutes(360),
            queue_capacity: 8,
            active_waitlists_per_profile: 5,
            makeup_validity: Minutes::days(14),
            makeup_for_absence: false,
            makeup_booking_lead: Minutes(60),
            compensation_validity: Minutes::days(14),
            expiring_soon: Minutes::days(3),
            quiet_hours: None,
        }
    }
}
