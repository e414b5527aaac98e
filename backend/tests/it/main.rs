//! The service over HTTP, and the program, on a real database. One binary: one database server for all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod clock;
mod fixtures;
mod frame;
mod login;
mod program;
mod storm;
mod tokens;
mod transactions;
