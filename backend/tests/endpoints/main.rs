//! The endpoints over HTTP on a real database. One binary, so that all tests share one database server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod accounts;
mod attendance;
mod audit;
mod authorization;
mod calling_off;
mod client_version;
mod conditional;
mod desk;
mod device_logins;
mod edge_cron;
mod guardians;
mod gym;
mod idempotency;
mod limits;
mod messages;
mod notify;
mod people;
mod policies;
mod powers;
mod published;
mod reads;
mod seat_release;
mod staff_changes;
