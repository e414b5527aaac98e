//! The states of things, as enums that are the same words in the contract's JSON and in the tables.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:tt),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// All of them, in the table's order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in JSON and in the tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads that word back.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

words! {
    /// What an account may do (API, "Who may").
    Role {
        /// Its own profiles.
        Member = "member",
        /// Anyone's.
        Staff = "staff",
        /// The machines' one call.
        Service = "service",
    }
    /// Whether the gym holds a class.
    SessionStatus {
        /// It does.
        Scheduled = "scheduled",
        /// It has called it off.
        Cancelled = "cancelled",
    }
    /// Where a booking stands.
    BookingStatus {
        /// A seat is taken.
        Booked = "booked",
        /// The class was attended.
        Completed = "completed",
        /// Given back.
        Cancelled = "cancelled",
        /// Missed with notice: may be made up.
        Leave = "leave",
        /// Missed without notice.
        Absent = "absent",
        /// Missed because the gym called the class off: may be made up.
        CancelledByGym = "cancelled_by_gym",
    }
    /// How a booking came about.
    BookingSource {
        /// Booked directly.
        Direct = "direct",
        /// An offer confirmed.
        Waitlist = "waitlist",
        /// A makeup class.
        Makeup = "makeup",
    }
    /// Where a waitlist entry stands.
    EntryStatus {
        /// In the queue.
        Waiting = "waiting",
        /// Offered a seat.
        Notified = "notified",
        /// Took it.
        Confirmed = "confirmed",
        /// Let it run out, or the list closed.
        Expired = "expired",
        /// Left, declined, or ended by the gym.
        Cancelled = "cancelled",
    }
    /// What a message to a member is about.
    NotificationType {
        /// A seat is offered.
        SpotAvailable = "spot_available",
        /// The offer is about to run out.
        ExpiryReminder = "expiry_reminder",
        /// Something else about the queue changed.
        QueueUpdate = "queue_update",
    }
    /// What became of a message.
    NotificationStatus {
        /// Out, unanswered.
        Sent = "sent",
        /// Answered.
        Responded = "responded",
        /// Not answered in time.
        Expired = "expired",
        /// Taken back.
        Cancelled = "cancelled",
    }
    /// Whether the messenger took a message.
    Delivery {
        /// Not yet.
        Pending = "pending",
        /// It did.
        Delivered = "delivered",
        /// It never will: no consent.
        Undeliverable = "undeliverable",
        /// It did not, and no more tries are made.
        Failed = "failed",
    }
    /// Why an offer ended without a booking: the plan's `expiration_reason`.
    Reason {
        /// Nobody answered in time.
        Timeout = "timeout",
        /// The member declined or left.
        UserCancelled = "user_cancelled",
        /// The class was called off, or a fault made the offer void.
        SystemError = "system_error",
        /// The staff declined or cancelled for the member.
        ManualCancel = "manual_cancel",
    }
    /// Where a makeup stands (RULES §3).
    MakeupStatus {
        /// Not settled yet.
        Pending = "pending",
        /// Booked.
        Confirmed = "confirmed",
        /// Attended.
        Completed = "completed",
        /// Given up, or called off.
        Cancelled = "cancelled",
        /// Missed.
        NoShow = "no_show",
    }
    /// Where a grant stands (RULES §4).
    GrantStatus {
        /// Minutes are left, or were until it expires.
        Available = "available",
        /// Spent to zero.
        Used = "used",
        /// Ran out.
        Expired = "expired",
        /// Taken back with its makeup.
        Revoked = "revoked",
    }
    /// A movement in the ledger of a grant (RULES §4).
    Movement {
        /// Minutes came with a makeup.
        Granted = "granted",
        /// Minutes paid for a booking.
        Used = "used",
        /// Minutes came back from a booking cancelled in time.
        Restored = "restored",
        /// Minutes ran out.
        Expired = "expired",
        /// Minutes were taken back.
        Revoked = "revoked",
    }
    /// What became of one entry of a staff's `notify`.
    NotifyOutcome {
        /// It was offered a seat.
        Sent = "sent",
        /// It was not; the code says why.
        Refused = "refused",
    }
}

impl BookingStatus {
    /// Whether the booking takes a seat of its session.
    pub const fn takes_a_seat(self) -> bool {
        matches!(self, Self::Booked | Self::Completed | Self::Absent)
    }
}

impl EntryStatus {
    /// Whether the entry counts towards the queue and the profile's waitlists.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Waiting | Self::Notified)
    }
}
