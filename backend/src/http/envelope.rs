//! What every answer carries, whatever made it: request id, date, problem bodies, a log line, a metric.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use logic::Code;
use tracing::Instrument;

use super::problem::Problem;
use crate::clock::real_now;

/// The header that names a request in every log and answer it leaves.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that a request may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest for what exists under the dev clock alone: a sweep there answers when it is through.
const DEV_TIMEOUT: Duration = Duration::from_secs(600);

/// The request's id, as an extension of the request.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The outermost layer.
pub(super) async fn envelope(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    // The route, not the path: paths hold ids, and are unbounded.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, %method, route);
    let limit = if route.starts_with("/api/v1/dev/") { DEV_TIMEOUT } else { REQUEST_TIMEOUT };
    let started = tokio::time::Instant::now();
    let response = async {
        let response = match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::new(Code::Unavailable, "the request took too long").head(),
        };
        let mut response = finish(response, &id);
        let taken = started.elapsed();
        let status = response.status().as_u16();
        tracing::info!(status, ms = taken.as_millis(), "answered");
        let labels =
            [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
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

/// Marks an answer whose error has its body already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant;

/// Gives an error its body, whoever made it.
pub(super) fn finish(mut response: Response, id: &str) -> Response {
    if response.extensions().get::<Meant>().is_some() {
        return response;
    }
    let problem =
        response.extensions_mut().remove::<Problem>().or_else(|| Problem::of_status(response.status()));
    match problem {
        Some(problem) => problem.write(response, id),
        None => response,
    }
}

/// The caller's id if it is sane, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_sane(id))
        .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

/// 1–64 of `[A-Za-z0-9._-]`: safe in a header, a log line and a file name.
fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// `Mon, 02 Mar 2026 10:00:00 GMT`, real time: HTTP's own clock, for caches.
fn http_date() -> String {
    chrono::DateTime::<chrono::Utc>::from(real_now()).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn only_sane_request_ids_are_kept() {
        for id in ["a", "A-b_c.9", &"x".repeat(64)] {
            assert!(is_sane(id), "{id}");
        }
        for id in ["", "a b", "é", "a\n", "a/b", &"x".repeat(65)] {
            assert!(!is_sane(id), "{id}");
        }
    }
}
