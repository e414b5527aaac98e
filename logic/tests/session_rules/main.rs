//! RULES §2 told again, as tests of `session::decide`: one module per heading.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail tests")]

#[path = "../support/rows.rs"]
mod rows;

mod answering;
mod booking;
mod freeing;
mod gym;
mod joining;
mod makeups;
mod staff;
mod timing;
