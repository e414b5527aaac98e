//! What the rules promise for every input, each against an oracle that is written another way.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by panicking")]

mod any;
mod calls;
mod chance;
mod countdown;
mod credit;
mod deadlines;
mod ledger;
mod policy;
mod refusals;
