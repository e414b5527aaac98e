//! Bad input: the answer is a problem that says what is wrong, never a 500, and nothing changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod bodies;
mod credit;
mod paths;
mod people;
mod scene;
mod staff;
