//! The service over HTTP, and the program, on a real database. One binary: one database server for all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod clock;
mod conditional;
mod credit;
mod credit_sweeps;
mod fixtures;
mod frame;
mod gym;
mod login;
mod logs;
mod makeup;
mod makeup_gym;
mod messages;
mod outbox;
mod program;
mod storm;
mod subscriptions;
mod sweeps;
mod tokens;
mod transactions;
