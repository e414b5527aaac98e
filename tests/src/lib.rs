//! Support for tests that cross layers: a client of the contract, and worlds to run it in.
//!
//! A [`Plan`] describes a gym. Loading it gives a [`World`]: a running service with a clock that the test moves, accounts
//! to act for, and the database behind it to read. [`host`] decides where the service runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is called by tests, which fail by panicking"
)]

pub mod answer;
mod class;
pub mod client;
pub mod host;
mod openapi;
pub mod plan;
pub mod program;
pub mod race;
pub mod rows;
pub mod world;

pub use answer::{Answer, Problem, Refused};
pub use class::Class;
pub use client::Client;
pub use plan::Plan;
pub use world::{Family, World};
