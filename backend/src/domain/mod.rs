//! What the service does, one transaction per verb. It holds no rule: `logic` decides.

pub mod access;
pub mod audit;
pub mod bookings;
pub mod chance;
pub mod class;
pub mod expiry;
pub mod notifications;
pub mod notify;
pub mod profiles;
pub mod queue;
pub mod session_row;
pub mod sessions;
pub mod waitlist;
