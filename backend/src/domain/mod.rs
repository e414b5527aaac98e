//! What the service does, one transaction per verb. It holds no rule: `logic` decides.

pub mod access;
pub mod bookings;
pub mod chance;
pub mod compensation;
pub mod expiry;
pub mod makeup;
pub mod profiles;
pub mod queue;
pub mod session_row;
pub mod sessions;
pub mod waitlist;
