//! Properties of the rules for every input, each checked against an independent implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

mod any;
mod calls;
mod chance;
mod countdown;
mod credit;
mod deadlines;
mod ledger;
mod policy;
mod policy_version;
mod refusals;
