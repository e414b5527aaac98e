//! Typed ids, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "sqlx")]
        crate::columns::number_column!($name);
    )*};
}

ids! {
    /// An account: a parent, a member of staff or a machine that logs in.
    AccountId,
    /// A profile: a child or adult who attends classes. Up to six accounts are its guardians.
    ProfileId,
    /// A course.
    CourseId,
    /// A slot: a course's weekly class in the timetable.
    ScheduleId,
    /// A class session: a slot of the timetable on one day.
    SessionId,
    /// A booking of a seat in a class session.
    BookingId,
    /// A waitlist entry.
    WaitlistId,
    /// A notification about a waitlist entry.
    NotificationId,
    /// A message to the family of a profile.
    MessageId,
    /// A makeup.
    MakeupId,
    /// A grant of class credit.
    GrantId,
    /// A row of the audit.
    AuditId,
    /// A version of the policy. Ids are in the order in which versions were inserted.
    PolicyId,
}

/// An entry's place in the queue of one class session (R2.45). Tickets grow with every join and are never reused,
/// so they order the queue and identify an entry before the database has given it an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub i64);

#[cfg(feature = "sqlx")]
crate::columns::number_column!(Ticket);
