//! The way to the origin and back: named headers only, a time limit, and `unavailable` when the origin is away.

use crate::clock;
use crate::http::{self, FetchedResponse, HeaderList};
use crate::reply::Reply;
use contract::headers::{
    CLIENT, CLIENT_ADDRESS, EDGE_CRON, EDGE_SECRET, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, REQUEST_ID,
};
use contract::problem::{self, Problem};
use contract::status;
use js_sys::Uint8Array;
use logic::Code;
use web_sys::{RequestInit, RequestRedirect};
use worker::{AbortSignal, Fetch, console_error};

/// A caller's headers that travel to the origin.
pub(crate) const FROM_CALLER: &[&str] =
    &["authorization", "content-type", "accept", "user-agent", IDEMPOTENCY_KEY, "if-none-match", CLIENT];

/// Request headers that the edge alone sets, besides `x-request-id`: a caller's headers of these names are not read.
const FROM_EDGE: &[&str] = &[CLIENT_ADDRESS, EDGE_SECRET, EDGE_CRON];

/// Response headers that travel to the caller; the edge adds `x-request-id`.
const TO_CALLER: &[&str] = &[
    "content-type",
    "etag",
    "cache-control",
    "retry-after",
    "allow",
    IDEMPOTENCY_REPLAYED,
    "age",
    "location",
    "www-authenticate",
    "date",
];

/// A request to the origin.
#[derive(Clone)]
pub(crate) struct OriginRequest<'a> {
    /// Scheme, host and port.
    pub(crate) origin: &'a str,
    /// One of the route table's, or HEAD.
    pub(crate) method: &'a str,
    /// From the first slash on.
    pub(crate) path_and_query: &'a str,
    /// Only those that are named above travel.
    pub(crate) headers: &'a HeaderList,
    /// Empty: no body is sent.
    pub(crate) body: Vec<u8>,
    /// How long the origin may take, in milliseconds.
    pub(crate) timeout_ms: u32,
    /// Names the request in every log.
    pub(crate) request_id: &'a str,
}

/// Sends a request and streams the response back. GET and HEAD are repeated once if nobody answers.
pub(crate) async fn forward(request: OriginRequest<'_>) -> Result<Reply, Problem> {
    let fetched =
        if is_read(request.method) { fetch_with_retry(request).await } else { fetch(request).await };
    fetched.map(Reply::pass_on)
}

fn is_read(method: &str) -> bool {
    method == "GET" || method == "HEAD"
}

/// As [`fetch`], for a read: repeated once, at once, within the same time limit.
pub(crate) async fn fetch_with_retry(request: OriginRequest<'_>) -> Result<FetchedResponse, Problem> {
    let began = clock::now();
    match fetch(request.clone()).await {
        Err(problem) => {
            let taken = u32::try_from(clock::now().millis_since(began)).unwrap_or(0);
            let left = request.timeout_ms.saturating_sub(taken);
            if left == 0 { Err(problem) } else { fetch(OriginRequest { timeout_ms: left, ..request }).await }
        }
        fetched => fetched,
    }
}

/// Sends a request; the response is the origin's own.
///
/// # Errors
/// `unavailable` when the origin does not answer in time, or a proxy before it answers in its place.
pub(crate) async fn fetch(request: OriginRequest<'_>) -> Result<FetchedResponse, Problem> {
    let (request_id, is_read) = (request.request_id, is_read(request.method));
    let fetched = send(request).await.map_err(|error| {
        console_error!("request {request_id}: the origin did not answer: {error}");
        unavailable(is_read)
    })?;
    let status = fetched.status;
    if status::is_fault(status) && fetched.value("content-type") != Some(problem::MEDIA_TYPE) {
        // The backend always sends problem+json. A proxy before it sends 500, 502, 504 or 52x with a page.
        console_error!("request {request_id}: {status} from a proxy before the origin");
        return Err(unavailable(is_read));
    }
    Ok(fetched)
}

/// Whether the origin itself says that it cannot answer now, because its database is away.
pub(crate) fn is_away(fetched: &FetchedResponse) -> bool {
    fetched.status == problem::status(Code::Unavailable)
}

/// The problem to answer when the body of the response to a write ended early.
pub(crate) fn cut_off(error: &worker::Error) -> Problem {
    console_error!("the origin's response ended early: {error}");
    unavailable(false)
}

/// Sends a request.
pub(crate) async fn send(request: OriginRequest<'_>) -> worker::Result<FetchedResponse> {
    let travels = |name: &str| FROM_CALLER.contains(&name) || FROM_EDGE.contains(&name);
    let headers = http::pairs(request.headers).filter(|(name, _)| travels(name));
    let headers = http::to_headers(headers.chain([(REQUEST_ID, request.request_id)]))?;
    // The runtime's own: the crate's `RequestInit` brings the platform's `cf` settings and a serialiser for them.
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_headers(headers.as_ref());
    init.set_redirect(RequestRedirect::Manual);
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(&*request.body));
    }
    let url = format!("{}{}", request.origin, request.path_and_query);
    let fetch = Fetch::Request(web_sys::Request::new_with_str_and_init(&url, &init)?.into());
    let timeout = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(request.timeout_ms));
    Ok(FetchedResponse::new(fetch.send_with_signal(&timeout).await?, TO_CALLER))
}

fn unavailable(is_read: bool) -> Problem {
    let detail = if is_read {
        "the service does not answer: ask again"
    } else {
        "the service does not answer; whether a write was done is not known: repeat it with its Idempotency-Key"
    };
    Problem::new(Code::Unavailable, detail)
}
