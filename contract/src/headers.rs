//! The names of the headers that the API adds to HTTP's own.

/// Names a request in logs and answers; see [`crate::request_id`].
pub const REQUEST_ID: &str = "x-request-id";
/// The version of the mini-program that calls; see [`crate::client_version`].
pub const CLIENT: &str = "x-client";
/// The key under which a write may be repeated; see [`crate::idempotency`].
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// `1`: this is the first attempt of its key, so the edge may judge the write; see docs/API.md, "Idempotency".
pub const IDEMPOTENCY_FIRST: &str = "idempotency-first";
/// `true` on an answer that was stored under its key before.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";
/// The caller's address, as the edge saw it. It counts beside [`EDGE_SECRET`] only.
pub const CLIENT_ADDRESS: &str = "x-client-address";
/// The secret that proves to the backend that the edge is asking.
pub const EDGE_SECRET: &str = "x-edge-secret";
/// `1`: the edge's cron handler asks for `process-expiry` without a token, beside [`EDGE_SECRET`]. The edge never
/// forwards it from a caller.
pub const EDGE_CRON: &str = "x-edge-cron";
/// `1` on a cached answer that is shown because the origin is unreachable.
pub const SERVED_STALE: &str = "x-served-stale";
