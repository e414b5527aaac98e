//! Checks over several tables: each finds rows that should not be there. `gym doctor` runs them, and so do tests.

mod belonging;
mod check;
mod counters;
mod ledger;
mod makeups;
mod offers;
mod people;
mod work;

pub use check::{Check, Finding};

/// Every check.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    let groups = [
        counters::COUNTERS,
        offers::OFFERS,
        belonging::BELONGING,
        makeups::MAKEUPS,
        ledger::LEDGER,
        people::PEOPLE,
        work::WORK,
    ];
    groups.into_iter().flatten()
}
