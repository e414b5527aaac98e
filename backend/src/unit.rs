//! Writes: each is one unit of work, done once and answered truly.
//!
//! - The answer and its idempotency key are stored by the last statement of the transaction of the write: either both are
//!   there or neither is. A refusal of a rule is an answer too, and commits its events.
//! - Once its transaction has begun, a write runs to its end, whether or not its caller still waits.
//! - Two requests with one key are one write: in a process the second waits for the first ([`Keys`]); between processes
//!   the table refuses the second insert, which rolls back its whole write and is answered what the first stored.

mod answer;
mod keys;
mod running;
mod timers;
mod write;

pub use answer::{Answer, Verdict};
pub use keys::{Entered, Key, Keys, Slot};
pub use running::Running;
pub use timers::Timers;
pub use write::{STOPS, Unit, conclude, look_again, lookup};
