//! What must not lose a write: faults of all that is around the service, and a backup that is restored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod backup;
mod family;
mod service;
mod storm;
