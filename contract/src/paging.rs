//! Limits of lists.

/// Items on a page where `limit` is not given.
pub const DEFAULT_LIMIT: u32 = 20;
/// The largest `limit` that is accepted.
pub const MAX_LIMIT: u32 = 100;

/// What a cursor looks like: an instant in milliseconds since 1970 and an id, both as digits.
pub const CURSOR_PATTERN: &str = "^[0-9]{1,15}_[0-9]{1,18}$";
/// The most digits of a cursor's instant, and of its id.
pub const CURSOR_DIGITS: (usize, usize) = (15, 18);
/// The latest instant of a cursor, in milliseconds since 1970: the end of the year 9999. No database stores a later one.
pub const CURSOR_LAST_MILLIS: i64 = 253_402_300_799_999;
