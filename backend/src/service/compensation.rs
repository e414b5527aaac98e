//! Class credit (RULES §4): minutes granted with makeups, spent on bookings, given back, expired, revoked.
//!
//! Invariant: a grant changes under the lock of its profile, and only by a movement of `logic::ledger` that
//! `compensation_event` keeps, in the same transaction.

mod checks;
mod expiry;
mod read;
mod reminder;
mod rows;

pub use checks::LEDGER;
pub(super) use expiry::settle_own;
pub use expiry::{GRANTS, expire_of};
pub use read::{balance, history, preview};
pub use reminder::{ENDING, remind};
pub(super) use rows::{give_back, grant, plan, revoke_with_makeup, spend, spent_by};
