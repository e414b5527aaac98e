//! Missed classes made up (RULES §3). A makeup takes its seat through the queue of its class, as any booking does; its
//! row and its grant are written with the events of that queue.

mod attended;
mod available;
mod book;
mod ended;
mod facts;
mod lapse;
mod read;
mod reminder;

pub(super) use attended::{follow_attendance, may_correct, tell_right};
pub use available::{Range, available};
pub(super) use book::give_up;
pub use book::{book, cancel};
pub use ended::{ENDED, end_right};
pub use lapse::{WAITED_FOR, lapse};
pub use read::{my, owed};
pub use reminder::{ENDING, remind};
