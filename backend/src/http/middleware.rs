//! What surrounds the handlers, from the outside in: [`response`] (request id, timeout, log, metric, problem bodies),
//! [`client_version`], [`authorize`] (token, role, rate limits), [`writes`] (a task of its own, [`idempotency`] keys); and
//! [`conditional`], which handlers of reads call.

pub(super) mod authorize;
pub(super) mod client_version;
pub(super) mod conditional;
pub(super) mod edge_only;
mod idempotency;
pub(super) mod problems;
pub(super) mod response;
mod writes;
