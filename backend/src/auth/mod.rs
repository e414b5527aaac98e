//! Who is calling: tokens (EdDSA), and the checks that endpoints make with them.

pub mod caller;
pub mod keys;
pub mod known;
pub mod token;

pub use caller::{Caller, authenticate};
pub use keys::Keys;
pub use known::Known;
