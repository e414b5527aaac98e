//! The service behind the program `gym`. It holds no rule: it locks, loads, asks `logic`, stores what `logic`
//! decided, and shows it.

pub mod clock;
pub mod db;
pub mod error;
