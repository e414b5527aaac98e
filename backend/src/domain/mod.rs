//! What the service does, one transaction per verb. It holds no rule: `logic` decides.

pub mod access;
pub mod attended;
pub mod bookings;
pub mod chance;
pub mod due;
pub mod expiry;
pub mod outbox;
pub mod profiles;
pub mod queue;
pub mod session_row;
pub mod sessions;
pub mod subscriptions;
pub mod waitlist;
