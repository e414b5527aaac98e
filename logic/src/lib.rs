//! The rules of the gym's waitlist, makeup classes and class credit, as `docs/RULES.md` fixes them.
//!
//! This crate decides. The backend stores its decisions as rows; the edge worker and the mini-program call it to
//! answer without the backend. It has no clock (`now` is always an argument), no I/O and no time-zone database.
//!
//! Invariant: no function panics, whatever its input, and no result depends on when or where it is computed.
//!
//! Start at [`session::decide`], the state machine of a class's seats and waitlist.

pub mod actor;
pub mod attendance;
pub mod booking;
pub mod calls;
pub mod chance;
#[cfg(feature = "sqlx")]
mod columns;
pub mod compensation;
pub mod countdown;
pub mod deadline;
pub mod error;
pub mod guardian;
pub mod ids;
pub mod joining;
pub mod ledger;
pub mod limits;
pub mod makeup;
pub mod people;
pub mod policy;
pub mod policy_version;
pub mod position;
pub mod release_rate;
mod role;
pub mod session;
pub mod status;
pub mod time;
pub mod value;

pub use error::{Code, Refusal};
pub use policy::Policy;
pub use time::{Instant, Minutes};
