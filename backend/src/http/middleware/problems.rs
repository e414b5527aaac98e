//! Problems as responses. A handler or a layer answers with a problem's status and headers; the layer
//! [`super::response`] writes its body, because it knows the request's id.

use std::any::Any;

use axum::Json;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::problem::{MEDIA_TYPE, Problem};
use contract::status;
use logic::Code;

use crate::error::AppError;

/// The problem that a response without a body of ours stands for (a router's 404, a limit's 413).
pub(super) fn of_status(status: StatusCode) -> Option<Problem> {
    status::code(status.as_u16()).map(Problem::from)
}

/// A status of the contract as axum has it.
pub(super) fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A response with the problem's status and headers, and the problem as an extension.
pub(in crate::http) fn respond(problem: Problem) -> Response {
    let mut response = status_code(problem.status()).into_response();
    add_headers(&problem, &mut response);
    response.extensions_mut().insert(problem);
    response
}

/// Writes the problem's body into a response that may have other headers.
pub(super) fn write(problem: &Problem, into: Response, request_id: &str) -> Response {
    let (mut head, _) = into.into_parts();
    head.status = status_code(problem.status());
    let (written, body) = Json(problem.body(request_id)).into_response().into_parts();
    head.headers.extend(written.headers);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    head.headers.remove(CONTENT_LENGTH);
    let mut response = Response::from_parts(head, body);
    add_headers(problem, &mut response);
    response
}

fn add_headers(problem: &Problem, response: &mut Response) {
    for (name, value) in problem.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

/// Answers 500 after a panic and logs its message, which the caller does not see.
pub(in crate::http) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    tracing::error!(message, "handler panicked");
    respond(Code::Internal.into())
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let code = self.code();
        match self {
            Self::Refused(refusal) => respond(refusal.into()),
            Self::OutcomeUnknown { has_key, .. } => {
                tracing::error!(error = %self, "it is not known whether a write was done");
                respond(Problem::outcome_unknown(has_key))
            }
            Self::TooOften { seconds } => respond(Problem::rate_limited(seconds)),
            Self::Busy | Self::KeyTaken => respond(Problem::busy()),
            Self::Unavailable(why) => {
                tracing::error!(error = %self, "request failed");
                respond(Problem::new(code, why))
            }
            // The log says what broke; the caller is told the code only.
            Self::Store(_) | Self::Internal(_) | Self::Unreachable(_) => {
                tracing::error!(error = %self, code = code.as_str(), "request failed");
                respond(code.into())
            }
        }
    }
}
