//! Bad input: a problem that says what is wrong, never a 500, and nothing changed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod bodies;
mod credit;
mod paths;
mod scene;
mod staff;
