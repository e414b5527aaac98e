//! Refuses requests of a mini-program that is no longer served.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use contract::client_version::check;
use contract::headers::CLIENT;

use super::problems::respond;

/// Answers 409 `client_too_old` before anything else is checked, whether or not the path is known. More than one
/// `x-client` is malformed, and a request with a malformed version is served.
pub(in crate::http) async fn refuse_old(request: Request, next: Next) -> Response {
    let mut given = request.headers().get_all(CLIENT).iter();
    let client = match (given.next(), given.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    };
    match check(request.uri().path(), client) {
        Ok(()) => next.run(request).await,
        Err(refusal) => respond(refusal.into()),
    }
}
