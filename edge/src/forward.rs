//! The way to the origin and back: named headers only, a time limit, and `unavailable` when it is away.

use crate::answer::Answer;
use crate::border::{self, Fault, Lines, Names, Reply, report};
use crate::client;
use crate::clock;
use crate::problem::Problem;
use logic::Code;

/// What the origin is told of a request, besides its id.
const TO_ORIGIN: &[&str] = &["authorization", "content-type", "accept", "idempotency-key", "if-none-match"];

thread_local! {
    /// What the caller is told of the origin's answer; the edge adds `x-request-id`.
    static TO_CALLER: Names = Names::new(&[
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
    ]);
}

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
    response.map(Answer::of)
}

fn is_read(method: &str) -> bool {
    method == "GET" || method == "HEAD"
}

/// As [`answered`], for what can be asked twice: once more at once, within the same time limit.
///
/// # Errors
/// As [`answered`].
pub(crate) async fn read(onward: Onward<'_>) -> Result<Reply, Problem> {
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
pub(crate) async fn answered(onward: Onward<'_>) -> Result<Reply, Problem> {
    let (request_id, reads) = (onward.request_id, is_read(onward.method));
    let reply = ask(onward).await.map_err(|fault| {
        report(&format!("request {request_id}: the origin did not answer: {fault}"));
        unavailable(reads)
    })?;
    let status = reply.status;
    if status >= 500 && reply.value("content-type") != Some("application/problem+json") {
        // Not the backend's own words: a proxy before it says 500, 502, 504, 52x.
        report(&format!("request {request_id}: {status} from before the origin"));
        return Err(unavailable(reads));
    }
    Ok(reply)
}

/// Whether the origin itself says that it cannot answer now: its database is away.
pub(crate) fn is_away(reply: &Reply) -> bool {
    reply.status == Code::Unavailable.status()
}

/// The answer to a write, broken off.
pub(crate) fn broken(fault: &Fault) -> Problem {
    report(&format!("the origin's answer broke off: {fault}"));
    unavailable(false)
}

/// Asks the origin.
///
/// # Errors
/// What the runtime says when there is no answer in time.
pub(crate) async fn ask(onward: Onward<'_>) -> Result<Reply, Fault> {
    let travels = |name: &str| TO_ORIGIN.contains(&name) || client::TO_ORIGIN.contains(&name);
    let lines = onward.headers.iter().filter(|(name, _)| travels(name));
    let lines =
        lines.map(|(name, value)| (*name, value.as_str())).chain([("x-request-id", onward.request_id)]);
    let url = format!("{}{}", onward.origin, onward.path_and_query);
    let body = (!onward.body.is_empty()).then_some(onward.body);
    border::ask(onward.method, &url, lines, body, onward.timeout_ms, &TO_CALLER).await
}

fn unavailable(reads: bool) -> Problem {
    let detail = if reads {
        "the service does not answer: ask again"
    } else {
        "the service does not answer; whether a write was done is not known: repeat it with its Idempotency-Key"
    };
    Problem::new(Code::Unavailable, detail)
}
