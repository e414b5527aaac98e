//! Limits of lists.

/// Items on a page where `limit` is not given.
pub const DEFAULT_LIMIT: u32 = 20;
/// The largest `limit` that is accepted.
pub const MAX_LIMIT: u32 = 100;
