//! What the service does, one transaction per verb. It holds no rule: `logic` decides.

pub mod access;
pub mod attended;
pub mod audit;
pub mod bookings;
pub mod chance;
pub mod class;
pub mod compensation;
pub mod due;
pub mod expiry;
pub mod makeup;
pub mod notifications;
pub mod notify;
pub mod outbox;
mod places;
pub mod profiles;
pub mod queue;
pub mod session_row;
pub mod sessions;
pub mod subscriptions;
pub mod versions;
pub mod waitlist;
