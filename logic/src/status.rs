//! Statuses and kinds: enums whose names are the same in the contract's JSON and in the database.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:tt),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the value with this name.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[cfg(feature = "sqlx")]
        crate::columns::word_column!($name);
    )*};
}

words! {
    /// The role of an account, which decides what it may call (docs/API.md).
    Role {
        /// Acts for its own profiles.
        Member = "member",
        /// Records attendance too.
        Coach = "coach",
        /// Acts for any profile too; such writes are audited.
        Staff = "staff",
        /// Gives and takes roles too.
        Owner = "owner",
        /// A machine, which may call one operation.
        Service = "service",
    }
    /// The status of a class session.
    SessionStatus {
        /// The class takes place.
        Scheduled = "scheduled",
        /// The gym has called the class off.
        Cancelled = "cancelled",
    }
    /// The status of a booking.
    BookingStatus {
        /// The seat is booked.
        Booked = "booked",
        /// The class was attended.
        Completed = "completed",
        /// The booking was cancelled.
        Cancelled = "cancelled",
        /// The member took leave in time; the class can be made up.
        Leave = "leave",
        /// The profile did not attend.
        Absent = "absent",
        /// The gym called the class off; it can be made up.
        CancelledByGym = "cancelled_by_gym",
    }
    /// How a booking was made.
    BookingSource {
        /// Booked directly.
        Direct = "direct",
        /// By confirming an offer.
        Waitlist = "waitlist",
        /// As a makeup.
        Makeup = "makeup",
    }
    /// The status of a waitlist entry.
    EntryStatus {
        /// Waits in the queue.
        Waiting = "waiting",
        /// Has an offer to answer.
        Notified = "notified",
        /// The offer was confirmed: the entry became a booking.
        Confirmed = "confirmed",
        /// The offer expired, or the waitlist closed.
        Expired = "expired",
        /// The member left or declined, or the gym ended the entry.
        Cancelled = "cancelled",
    }
    /// The kind of a notification.
    NotificationType {
        /// A seat is offered.
        SpotAvailable = "spot_available",
        /// An unanswered offer is about to expire.
        ExpiryReminder = "expiry_reminder",
        /// Any other change of the member's entry.
        QueueUpdate = "queue_update",
    }
    /// The status of a notification.
    NotificationStatus {
        /// Sent and not answered.
        Sent = "sent",
        /// Answered.
        Responded = "responded",
        /// The deadline passed without an answer.
        Expired = "expired",
        /// The offer was withdrawn, or its entry left.
        Cancelled = "cancelled",
    }
    /// Whether the messenger accepted a message.
    Delivery {
        /// Not sent yet.
        Pending = "pending",
        /// Accepted.
        Delivered = "delivered",
        /// Cannot be delivered: the member has not consented.
        Undeliverable = "undeliverable",
        /// Not accepted, and no longer retried.
        Failed = "failed",
    }
    /// What a message to a family says (docs/API.md).
    MessageKind {
        /// A seat is offered.
        SpotAvailable = "spot_available",
        /// An unanswered offer is about to expire.
        ExpiryReminder = "expiry_reminder",
        /// The entry has come to the front of the queue.
        WaitlistFront = "waitlist_front",
        /// The entry left the queue.
        WaitlistLeft = "waitlist_left",
        /// The waitlist closed while the entry waited.
        WaitlistClosed = "waitlist_closed",
        /// What the entry was to make up cannot be made up any more.
        WaitlistLapsed = "waitlist_lapsed",
        /// The gym called the class off.
        ClassCancelled = "class_cancelled",
        /// Class credit is about to expire.
        CreditExpiring = "credit_expiring",
        /// The right to a makeup is about to end.
        MakeupExpiring = "makeup_expiring",
        /// An offer expired.
        OfferExpired = "offer_expired",
        /// An offer was withdrawn.
        OfferWithdrawn = "offer_withdrawn",
        /// The right to a makeup ended unused.
        MakeupExpired = "makeup_expired",
        /// The gym gave the right to a makeup.
        MakeupGranted = "makeup_granted",
        /// The gym gave class credit.
        CreditGranted = "credit_granted",
        /// Class credit expired.
        CreditExpired = "credit_expired",
        /// A seat was booked automatically.
        BookedForYou = "booked_for_you",
        /// Staff changed a place.
        StaffChange = "staff_change",
    }
    /// How a makeup's duration compares with that of the missed class (R3.4).
    CompletionType {
        /// Equal.
        Full = "full",
        /// Shorter: the difference is owed as credit.
        Partial = "partial",
        /// Longer: the extra minutes are free.
        Extra = "extra",
    }
    /// Whether a use took its grant to zero (R4.5).
    UsageType {
        /// The use took the grant to zero; the grant becomes `used`.
        FullUse = "full_use",
        /// Minutes remain on the grant.
        PartialUse = "partial_use",
    }
    /// Whether a message to a family reached the phone.
    MessageDelivery {
        /// Not sent yet.
        Pending = "pending",
        /// Accepted.
        Delivered = "delivered",
        /// Not accepted, and no longer retried; or over before it was sent.
        Failed = "failed",
        /// Cannot be delivered: the member has not consented.
        Undeliverable = "undeliverable",
        /// Not sent: its kind has no template.
        AppOnly = "app_only",
        /// Carried by another channel; not used by this service.
        Relayed = "relayed",
    }
    /// Why an offer ended without a booking: the plan's `expiration_reason` (R2.59, R2.60, R2.67, R2.68).
    Reason {
        /// The deadline passed without an answer.
        Timeout = "timeout",
        /// The member declined or left.
        UserCancelled = "user_cancelled",
        /// The class was called off, or a fault made the offer void.
        SystemError = "system_error",
        /// Staff declined or cancelled for the member.
        ManualCancel = "manual_cancel",
    }
    /// The status of a makeup (RULES §3).
    MakeupStatus {
        /// Not confirmed yet; not used by this service.
        Pending = "pending",
        /// Booked.
        Confirmed = "confirmed",
        /// Attended.
        Completed = "completed",
        /// Cancelled by the member, or called off by the gym.
        Cancelled = "cancelled",
        /// Missed.
        NoShow = "no_show",
    }
    /// The status of a grant (RULES §4).
    GrantStatus {
        /// Minutes remain; they can be spent until the grant expires.
        Available = "available",
        /// All minutes are spent.
        Used = "used",
        /// The remaining minutes expired.
        Expired = "expired",
        /// The remaining minutes were revoked with the makeup.
        Revoked = "revoked",
    }
    /// What a grant came with (R4.15).
    GrantSource {
        /// A makeup that was shorter than the missed class.
        Makeup = "makeup",
        /// The gym's goodwill.
        Goodwill = "goodwill",
    }
    /// The kind of a ledger entry of a grant (RULES §4).
    Movement {
        /// A makeup earned minutes, or the gym gave them.
        Granted = "granted",
        /// Minutes were spent on a booking.
        Used = "used",
        /// Minutes were given back by a booking that was cancelled in time.
        Restored = "restored",
        /// Minutes expired.
        Expired = "expired",
        /// Minutes were revoked.
        Revoked = "revoked",
    }
    /// The outcome for one entry that staff notified (R2.74).
    NotifyOutcome {
        /// The entry was offered a seat.
        Sent = "sent",
        /// The entry was not offered a seat; the code says why.
        Refused = "refused",
    }
}

impl BookingStatus {
    /// Returns whether the booking takes a seat of its session: whether it is live.
    pub const fn takes_a_seat(self) -> bool {
        matches!(self, Self::Booked | Self::Completed | Self::Absent)
    }

    /// Returns whether a booking with this status may have a right to a makeup that was stored (R3.35).
    pub const fn can_give_right(self) -> bool {
        matches!(self, Self::Leave | Self::Absent | Self::Cancelled | Self::CancelledByGym)
    }
}

impl From<Delivery> for MessageDelivery {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Pending => Self::Pending,
            Delivery::Delivered => Self::Delivered,
            Delivery::Undeliverable => Self::Undeliverable,
            Delivery::Failed => Self::Failed,
        }
    }
}

impl MessageDelivery {
    /// Returns the delivery to phones; `None` if the message is not sent to phones.
    pub const fn by_phone(self) -> Option<Delivery> {
        match self {
            Self::Pending => Some(Delivery::Pending),
            Self::Delivered => Some(Delivery::Delivered),
            Self::Undeliverable => Some(Delivery::Undeliverable),
            Self::Failed => Some(Delivery::Failed),
            Self::AppOnly | Self::Relayed => None,
        }
    }
}

impl Delivery {
    /// Returns the delivery of a message to several guardians: the best of them, or undeliverable if no guardian is told
    /// (R8.6).
    pub fn best(deliveries: impl IntoIterator<Item = Self>) -> Self {
        let rank = |delivery: &Self| match delivery {
            Self::Delivered => 3,
            Self::Pending => 2,
            Self::Failed => 1,
            Self::Undeliverable => 0,
        };
        deliveries.into_iter().max_by_key(rank).unwrap_or(Self::Undeliverable)
    }
}

impl EntryStatus {
    /// Returns whether the entry counts towards the queue's capacity and the profile's number of waitlists.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Waiting | Self::Notified)
    }
}
