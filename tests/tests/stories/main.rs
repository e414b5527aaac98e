//! Stories: the waitlist, makeups and credit as families use them, over HTTP, on a real database, with the dev clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod answering;
mod booking;
mod bounds;
mod closing;
mod credit;
mod freeing;
mod interval;
mod joining;
mod lists;
mod makeups;
mod overdue;
mod ownership;
