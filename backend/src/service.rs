//! What the service does, one transaction per verb. It holds no rule: `logic` decides.

pub mod access;
pub mod audit;
pub mod bookings;
pub mod compensation;
pub mod makeup;
mod messages;
pub mod notifications;
pub mod notify;
pub mod outbox;
mod places;
pub mod profiles;
pub mod queue;
pub mod queue_sweep;
pub mod release_rates;
pub mod session_admin;
pub mod session_completion;
pub mod sessions;
pub mod subscriptions;
pub mod sweep_runner;
pub mod timetable;
pub mod versions;
pub mod waitlist;
