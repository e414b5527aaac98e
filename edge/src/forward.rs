//! The way to the origin and back: named headers only, a time limit, and `unavailable` when it is away.

use crate::answer::Answer;
use crate::client;
use crate::clock;
use crate::problem::Problem;
use js_sys::Uint8Array;
use logic::Code;
use worker::{
    AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response, console_error,
};

/// Header lines, names in lower case.
pub(crate) type Lines = Vec<(&'static str, String)>;

/// What the origin is told of a request, besides its id.
const TO_ORIGIN: &[&str] = &["authorization", "content-type", "accept", "idempotency-key", "if-none-match"];

/// What the caller is told of the origin's answer; the edge adds `x-request-id`.
const TO_CALLER: &[&str] = &[
    "content-type",
    "etag",
    "cache-control",
    "retry-after",
    "allow",
    "idempotency-replayed",
    "age",
    "location",
    "www-authenticate",
    "date",
];

/// A request on its way to the origin.
#[derive(Clone)]
pub(crate) struct Onward<'a> {
    /// Scheme, host and port.
    pub(crate) origin: &'a str,
    /// One that the route table knows, or HEAD.
    pub(crate) method: &'a str,
    /// From the first slash on.
    pub(crate) path_and_query: &'a str,
    /// Its headers; only the named ones travel.
    pub(crate) headers: &'a Lines,
    /// Its body, or nothing.
    pub(crate) body: Vec<u8>,
    /// How long the origin may take, in milliseconds.
    pub(crate) timeout_ms: u32,
    /// Its id in every log.
    pub(crate) request_id: &'a str,
}

/// Asks the origin and streams its answer back; a GET or HEAD that finds nobody is repeated once.
///
/// # Errors
/// `unavailable` when the origin does not answer in time, or something before it says that it is away.
pub(crate) async fn send(onward: Onward<'_>) -> Result<Answer, Problem> {
    let response = if is_read(onward.method) { read(onward).await } else { answered(onward).await };
    response.map(|response| answer(&response))
}

fn is_read(method: &str) -> bool {
    method == "GET" || method == "HEAD"
}

/// As [`answered`], for what can be asked twice: once more at once, within the same time limit.
///
/// # Errors
/// As [`answered`].
pub(crate) async fn read(onward: Onward<'_>) -> Result<Response, Problem> {
    let begun = clock::now();
    match answered(onward.clone()).await {
        Err(problem) => {
            let taken = u32::try_from(clock::now().millis_since(begun)).unwrap_or(0);
            let left = onward.timeout_ms.saturating_sub(taken);
            if left == 0 { Err(problem) } else { answered(Onward { timeout_ms: left, ..onward }).await }
        }
        answer => answer,
    }
}

/// The origin's own answer.
///
/// # Errors
/// `unavailable` when the origin does not answer in time, or something before it says that it is away.
pub(crate) async fn answered(onward: Onward<'_>) -> Result<Response, Problem> {
    let request_id = onward.request_id;
    let response = ask(onward).await.map_err(|fault| {
        console_error!("request {request_id}: the origin did not answer: {fault}");
        unavailable()
    })?;
    let status = response.status_code();
    if status > 500 && value(&answer_lines(&response), "content-type") != Some("application/problem+json") {
        // Not the backend's own words: a proxy before it says 502, 504, 52x.
        console_error!("request {request_id}: {status} from before the origin");
        return Err(unavailable());
    }
    Ok(response)
}

/// Whether the origin itself says that it cannot answer now: its database is away.
pub(crate) fn is_away(response: &Response) -> bool {
    response.status_code() == Code::Unavailable.status()
}

/// What the caller is told of the origin's answer.
pub(crate) fn answer_lines(response: &Response) -> Lines {
    picked(response.headers(), TO_CALLER)
}

/// The origin's answer, streamed.
pub(crate) fn answer(response: &Response) -> Answer {
    Answer::from_origin(response.status_code(), answer_lines(response), response.body().clone())
}

/// An answer that broke off.
pub(crate) fn broken(fault: worker::Error) -> Problem {
    console_error!("the origin's answer broke off: {fault}");
    unavailable()
}

/// Asks the origin.
///
/// # Errors
/// What the runtime says when there is no answer in time.
pub(crate) async fn ask(onward: Onward<'_>) -> worker::Result<Response> {
    let headers = Headers::new();
    let travels = |name: &&str| TO_ORIGIN.contains(name) || client::TO_ORIGIN.contains(name);
    for (name, value) in onward.headers.iter().filter(|(name, _)| travels(name)) {
        headers.set(name, value)?;
    }
    headers.set("x-request-id", onward.request_id)?;
    let body = (!onward.body.is_empty()).then(|| Uint8Array::from(&*onward.body).into());
    let mut init = RequestInit::new();
    init.with_method(Method::from(onward.method.to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(body);
    let request = Request::new_with_init(&format!("{}{}", onward.origin, onward.path_and_query), &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(onward.timeout_ms));
    Fetch::Request(request).send_with_signal(&signal).await
}

fn unavailable() -> Problem {
    let detail = "the service does not answer; whether a write was done is not known: repeat it with its Idempotency-Key";
    Problem::new(Code::Unavailable, detail)
}

/// The lines of `headers` that the edge itself or the origin reads.
pub(crate) fn request_lines(headers: &Headers) -> Lines {
    let mut lines = picked(headers, TO_ORIGIN);
    lines.extend(picked(headers, &["content-length"]));
    lines
}

fn picked(headers: &Headers, names: &[&'static str]) -> Lines {
    names.iter().filter_map(|name| Some((*name, headers.get(name).ok().flatten()?))).collect()
}

/// The value of the line `name`.
pub(crate) fn value<'a>(lines: &'a Lines, name: &str) -> Option<&'a str> {
    lines.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// What follows scheme, host and port in a URL as the runtime writes it.
pub(crate) fn path_and_query(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("/", |at| &url[host + at..])
}

#[cfg(test)]
mod tests {
    use super::path_and_query;

    #[test]
    fn the_query_travels_as_it_was_written() {
        for (url, rest) in [
            ("http://h:8787/api/v1/time", "/api/v1/time"),
            ("https://h/a?next=http://x/y&b=%2F", "/a?next=http://x/y&b=%2F"),
            ("https://h/", "/"),
            ("https://h", "/"),
        ] {
            assert_eq!(path_and_query(url), rest);
        }
    }
}
