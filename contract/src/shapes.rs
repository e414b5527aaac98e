//! The JSON shapes of requests and answers, field for field: a file a subject.

use logic::Instant;
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
mod bookings;
mod credit;
mod desk;
mod messages;
mod notifications;
mod people;
mod policies;
mod profiles;
mod sessions;
mod staff;
mod waitlist;

pub use accounts::*;
pub use bookings::*;
pub use credit::*;
pub use desk::*;
pub use messages::*;
pub use notifications::*;
pub use people::*;
pub use policies::*;
pub use profiles::*;
pub use sessions::*;
pub use staff::*;
pub use waitlist::*;

shapes! {
    /// `GET /time`.
    Time {
        /// The service's clock.
        now: Instant,
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

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items on this page.
    pub items: Vec<T>,
    /// Pass it back as `?cursor=` for the next page; null on the last page.
    pub next_cursor: Option<String>,
}
