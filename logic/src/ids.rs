//! Ids that cannot be mistaken for one another.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// Who logs in: a parent, a member of the staff, a machine.
    AccountId,
    /// A child (or an adult) who goes to class; an account owns several.
    ProfileId,
    /// What is taught.
    CourseId,
    /// A weekly place of a course in the timetable.
    ScheduleId,
    /// A place in a class session.
    BookingId,
    /// An entry of a waitlist.
    WaitlistId,
    /// A message to a member about an entry.
    NotificationId,
    /// A class made up.
    MakeupId,
    /// Class credit granted: minutes that expire.
    GrantId,
}

/// A place in the queue of one class session: it grows with every join and is never reused, so it orders
/// the queue and names an entry even before the database has given it an id (RULES §2, "Order is join order").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub i64);
