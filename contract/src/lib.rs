//! What the edge and the backend must agree on, once: the operations of the API, the JSON shapes of requests and
//! answers, body validation, problems, statuses, entity tags, tokens, header names. The rules are
//! those of [`logic`].
//!
//! Invariant: there is no clock, no I/O and no SQL here.

pub mod access;
pub mod body;
pub mod cache;
pub mod client_address;
pub mod client_version;
pub mod date;
pub mod etag;
pub mod headers;
pub mod idempotency;
pub mod operation;
pub mod paging;
pub mod problem;
pub mod request_id;
pub mod shapes;
pub mod short_code;
pub mod status;
pub mod text;
pub mod token;

pub use operation::Operation;
