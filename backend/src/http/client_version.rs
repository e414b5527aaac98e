//! Refuses requests of a mini-program that is no longer served.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::client_version::{CLIENT_HEADER, check};

use crate::error::AppError;

/// Answers 409 `client_too_old` before anything else is asked of the request, whether or not its path is known. More
/// than one `x-client` is malformed, and a malformed one is served.
pub(super) async fn refuse_old(request: Request, next: Next) -> Response {
    let mut given = request.headers().get_all(CLIENT_HEADER).iter();
    let client = match (given.next(), given.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    };
    match check(request.uri().path(), client) {
        Ok(()) => next.run(request).await,
        Err(refusal) => AppError::from(refusal).into_response(),
    }
}
