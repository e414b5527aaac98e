//! The outermost layer. Gives every response its request id, date and problem body, a log line and a metric, and
//! limits the time that a request may take.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use contract::headers;
use contract::operation::DEV_PREFIX;
use contract::problem::Problem;
use contract::request_id::is_valid;
use logic::Code;
use tokio::time::Instant;
use tracing::Instrument;

use super::problems::{of_status, respond, write};
use crate::clock::real_now;
use crate::unit::Timers;

static REQUEST_ID: HeaderName = HeaderName::from_static(headers::REQUEST_ID);

/// The longest that an operation under `/dev` may take: a sweep there answers when it is done.
const DEV_TIMEOUT: Duration = Duration::from_secs(600);

/// When a request arrived, as an extension of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived(pub Instant);

/// The id of a request, as an extension of it.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub String);

/// The outermost layer.
pub(in crate::http) async fn complete(
    State(timers): State<Timers>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    request.extensions_mut().insert(Arrived(started));
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = known_method(request.method());
    // The route, not the path: paths hold ids, and are unbounded.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, method, route);
    let limit = if route.starts_with(DEV_PREFIX) { DEV_TIMEOUT } else { timers.request };
    let response = async {
        let response = match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => respond(Problem::new(Code::Unavailable, "the request took too long")),
        };
        let mut response = finish(response, &id);
        let taken = started.elapsed();
        let status = response.status().as_u16();
        tracing::info!(status, ms = taken.as_millis(), "answered");
        let labels =
            [("method", method.to_owned()), ("route", route.clone()), ("status", status.to_string())];
        metrics::histogram!("gym_http_seconds", &labels).record(taken.as_secs_f64());
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID.clone(), id);
        }
        if let Ok(date) = HeaderValue::from_str(&http_date()) {
            response.headers_mut().insert(DATE, date);
        }
        response
    };
    response.instrument(span).await
}

/// The method as a label: a caller may invent any number of others.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Marks a response that has its body already, as an extension.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyWritten;

/// Writes the body of an error, whichever layer answered it.
fn finish(mut response: Response, id: &str) -> Response {
    if response.extensions().get::<BodyWritten>().is_some() {
        return response;
    }
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| of_status(response.status()));
    match problem {
        Some(problem) => write(&problem, response, id),
        None => response,
    }
}

/// The caller's id if it is valid, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_valid(id))
        .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

/// The value of `date`, `Mon, 02 Mar 2026 10:00:00 GMT`, in real time.
fn http_date() -> String {
    chrono::DateTime::<chrono::Utc>::from(real_now()).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
