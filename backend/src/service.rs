//! What the service does, one transaction a verb. It holds no rule (`logic` decides), no SQL (`store` has it) and knows
//! no HTTP.
//!
//! A verb reads: authorize, lock, load facts, decide, apply, answer. The queue of a class is in [`queue`]; the other
//! modules are the verbs, the reads and the sweeps, a file or a folder for each subject.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod bookings;
pub mod call_off;
pub mod classes;
pub mod compensation;
pub mod context;
mod credit;
pub mod desk;
pub mod device_logins;
pub mod goodwill;
pub mod guardians;
pub mod inbox;
pub mod makeup;
mod messages;
pub mod notifications;
pub mod notify;
pub mod outbox;
pub mod people;
pub mod policies;
pub mod policy_admin;
pub mod profiles;
pub mod queue;
pub mod queue_sweep;
pub mod release_rates;
pub mod rights;
pub mod session_admin;
pub mod session_completion;
pub mod sessions;
mod shapes;
mod short_code;
mod staff_changes;
pub mod subscriptions;
pub mod sweep_runner;
pub mod timetable;
pub mod versions;
pub mod waitlist;

pub use context::Context;
