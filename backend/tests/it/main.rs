//! The service over HTTP, and the program, on a real database. One binary, so that all tests share one database server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod accounts;
mod call_off;
mod clock;
mod conditional;
mod connections;
mod credit;
mod credit_sweeps;
mod database;
mod doctor;
mod endings;
mod every_answer;
mod fixtures;
mod goodwill;
mod gym;
mod login;
mod logs;
mod makeup;
mod makeup_gym;
mod messages;
mod migrations;
mod outbox;
mod policies;
mod process;
mod program;
mod quiet_hours;
mod rights;
mod rows;
mod serving;
mod storm;
mod stuck_class;
mod subscriptions;
mod sweeps;
mod tokens;
mod transactions;
mod writes;
