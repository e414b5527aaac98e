//! The queue of a class as families live it: over HTTP, on a real database, by the clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod answering;
mod booking;
mod closing;
mod freeing;
mod interval;
mod joining;
mod lists;
mod overdue;
mod ownership;
