//! Class credit (RULES §4): what a profile has, had and could spend; grants that run out. The movements themselves are
//! in `service/credit.rs`.

mod expiry;
mod read;
mod reminder;

pub(super) use expiry::settle_own;
pub use expiry::{GRANTS, expire_of};
pub use read::{balance, history, preview};
pub use reminder::{ENDING, remind};
