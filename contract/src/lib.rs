//! What two programs must agree on, once: the JSON shapes of requests and answers, body validation, problem bodies,
//! token claims, access by role and header names. The edge and the backend use it; the rules are those of [`logic`].
//!
//! It has no clock, no I/O and no SQL.

pub mod access;
pub mod body;
pub mod client_address;
pub mod client_version;
pub mod date;
pub mod paging;
pub mod problem;
pub mod shapes;
pub mod token;
