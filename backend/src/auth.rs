//! Who is calling: EdDSA tokens, and the callers that they speak for.

pub mod cache;
pub mod caller;
pub mod keys;
pub mod token;

pub use cache::AuthCache;
pub use caller::{Caller, EdgeCron, Settler};
pub use keys::Keys;
