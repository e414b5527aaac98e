//! The contract's endpoints over HTTP on a real database. One binary: one database server for all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod attendance;
mod audit;
mod calling_off;
mod client_version;
mod conditional;
mod edge_cron;
mod frees;
mod gym;
mod idempotency;
mod limits;
mod notify;
mod reads;
mod who_may;
