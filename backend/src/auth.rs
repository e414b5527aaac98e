//! Who is calling: tokens (EdDSA), and the checks that endpoints make with them.

pub mod cache;
pub mod caller;
pub mod keys;
pub mod token;

pub use cache::Known;
pub use caller::{Caller, EdgeCron, Settler, authenticate};
pub use keys::Keys;
