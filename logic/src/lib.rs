//! The rules of the gym's waitlist, makeup classes and class credit, as `docs/RULES.md` fixes them.
//!
//! One rule, one place: this crate decides; the backend stores what it decided, the edge worker and the
//! mini-program ask it. It has no clock (`now` is always an argument), no I/O and no time-zone database.
//!
//! Invariant: nothing here panics on any input, and nothing here depends on when or where it runs.

pub mod attendance;
pub mod booking;
pub mod calls;
pub mod chance;
pub mod compensation;
pub mod countdown;
pub mod deadline;
pub mod error;
pub mod ids;
pub mod joining;
pub mod ledger;
pub mod makeup;
pub mod policy;
pub mod position;
pub mod release_rate;
pub mod session;
pub mod status;
pub mod time;
pub mod value;

pub use error::{Code, Refusal};
pub use policy::Policy;
pub use time::{Instant, Minutes};
