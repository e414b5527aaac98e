//! RULES §2 and §3 as tests of `session::decide`, a module for each heading.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail tests")]

#[path = "../support/rows.rs"]
mod rows;

mod answering;
mod booking;
mod class;
mod freeing;
mod joining;
mod makeups;
mod staff;
mod timing;
