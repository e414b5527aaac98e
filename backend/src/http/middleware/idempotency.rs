//! `Idempotency-Key`: the first answer to a write is stored for a day of service time and replayed, so that a request can
//! be repeated safely when its answer was lost.
//!
//! A key is claimed by inserting its row before the write runs, and the answer is stored in that row afterwards. A request
//! that dies in between keeps its claim until the lease ends; after that, a repeated write is judged by the rules like
//! any other.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::body::BODY_LIMIT;
use contract::headers::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use contract::idempotency::{MALFORMED, is_well_formed};
use contract::operation::PREFIX;
use contract::problem;
use logic::ids::AccountId;
use logic::{Code, Instant, Minutes};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::response::{BodyWritten, REQUEST_TIMEOUT, RequestId, finish};
use crate::App;
use crate::clock::real_now;
use crate::db::run_tx;
use crate::error::AppError;
use crate::server;
use crate::store::{self, IdempotencyClaim};

/// How long an answer is stored, in service time.
const STORED_FOR: Minutes = Minutes::days(1);
/// How much longer than the longest request a claim blocks its key, in milliseconds.
const GRACE_MS: i64 = 10_000;

static REPLAYED: HeaderName = HeaderName::from_static(IDEMPOTENCY_REPLAYED);

/// A well-formed key.
pub(super) struct Key(String);

impl Key {
    /// Reads the key of a request; `None` if it has none.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, AppError> {
        let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = given.next() else { return Ok(None) };
        let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
        if given.next().is_some() || !is_well_formed(text) {
            return Err(AppError::invalid(MALFORMED));
        }
        Ok(Some(Self(text.to_owned())))
    }
}

/// The state of a key when a request claims it.
enum Claim {
    /// Claimed by this request until the end of the lease, in real time.
    Ours(Instant),
    /// The write has run, with this answer.
    Answered { status: u16, headers: Value, body: Vec<u8> },
    /// The key belongs to another request.
    Reused,
    /// Another request with the key is running.
    InProgress,
}

/// Runs a write, or replays the answer that is stored under its key.
pub(super) async fn once(app: &App, account: AccountId, key: &Key, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let (head, body) = request.into_parts();
    let body = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => body,
        Err(error) => return server::fault(&error).into_response(),
    };
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    // Keys are stored without the prefix.
    let hash = hash(head.method.as_str(), path.strip_prefix(PREFIX).unwrap_or(path), &body);
    let lease = match claim(app, account, key, &hash).await {
        Ok(Claim::Ours(lease)) => lease,
        Ok(Claim::Answered { status, headers, body }) => return replay(status, &headers, body),
        Ok(Claim::Reused) => return AppError::from(Code::IdempotencyKeyReused).into_response(),
        Ok(Claim::InProgress) => return AppError::from(Code::IdempotencyInProgress).into_response(),
        Err(error) => return error.into_response(),
    };
    let response = finish(next.run(Request::from_parts(head, Body::from(body))).await, &id);
    match keep(app, account, key, lease, response).await {
        Ok(response) => response,
        // The write is done, and this caller gets its answer; the claim ends with its lease.
        Err((error, response)) => {
            tracing::error!(%error, "the answer to an idempotency key could not be stored");
            response
        }
    }
}

fn hash(method: &str, path: &str, body: &Bytes) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(body);
    hash.finalize().into()
}

/// Claims the key, or returns its state. Leases are in real time: after a crash nobody waits for the dev clock, and a jump
/// of that clock does not end the claim of a running request.
async fn claim(app: &App, account: AccountId, key: &Key, hash: &[u8; 32]) -> Result<Claim, AppError> {
    let (now, real) = (app.clock.now(), real_now());
    let millis = i64::try_from(REQUEST_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
    let lease = Instant::clamped(real.millis().saturating_add(millis).saturating_add(GRACE_MS));
    let claim =
        &IdempotencyClaim { account, key: &key.0, request_hash: hash, locked_until: lease, created_at: now };
    match store::idempotency_key_insert(&app.pool, claim).await {
        Ok(()) => return Ok(Claim::Ours(lease)),
        Err(error) if error.is_duplicate() => {}
        Err(error) => return Err(error.into()),
    }
    run_tx(&app.pool, "idempotency_claim", |conn, _| {
        Box::pin(async move {
            let row = store::idempotency_key_lock(conn, account, &key.0).await?;
            // Released just now by another request.
            let Some(row) = row else { return Ok(Claim::InProgress) };
            let over = row.created_at.plus(STORED_FOR) <= now;
            if !over && row.request_hash != hash {
                return Ok(Claim::Reused);
            }
            match row.status_code {
                Some(status) if !over => {
                    let headers = row.headers.map(|headers| headers.0).unwrap_or_default();
                    return Ok(Claim::Answered { status, headers, body: row.body.unwrap_or_default() });
                }
                None if row.locked_until.is_some_and(|until| until > real) => return Ok(Claim::InProgress),
                _ => {}
            }
            store::idempotency_key_reclaim(conn, claim).await?;
            Ok(Claim::Ours(lease))
        })
    })
    .await
}

/// Whether an answer is final: repeating the same request later could not change it.
fn is_final(status: StatusCode) -> bool {
    let try_again = [Code::Unauthenticated, Code::RequestTimeout, Code::PayloadTooLarge, Code::RateLimited];
    (status.is_success() || status.is_client_error())
        && !try_again.iter().any(|code| status == problem::status(*code))
}

/// Stores a final answer, or releases the key. The statement names the claim's own lease, so that a request whose lease
/// ended does not overwrite the next claim.
async fn keep(
    app: &App,
    account: AccountId,
    key: &Key,
    lease: Instant,
    response: Response,
) -> Result<Response, (AppError, Response)> {
    let (head, body) = response.into_parts();
    let again = |body: Bytes| {
        let mut response = Response::from_parts(head.clone(), Body::from(body));
        response.extensions_mut().insert(BodyWritten);
        response
    };
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => {
            let broken = AppError::Internal(anyhow::anyhow!("an answer broke off: {error}"));
            return Err((AppError::from(Code::Internal), broken.into_response()));
        }
    };
    let stored = if is_final(head.status) {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let headers = json!({ "content-type": content_type });
        store::idempotency_key_answer(
            &app.pool,
            (account, &key.0),
            lease,
            head.status.as_u16(),
            headers,
            &body,
        )
        .await
    } else {
        store::idempotency_key_release(&app.pool, (account, &key.0), lease).await
    };
    match stored {
        Ok(()) => Ok(again(body)),
        Err(error) => Err((error.into(), again(body))),
    }
}

fn replay(status: u16, headers: &Value, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    if let Some(value) = headers["content-type"].as_str().and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    response.extensions_mut().insert(BodyWritten);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_final_answers_are_stored() {
        for status in [200, 201, 400, 403, 404, 409, 410, 422] {
            assert!(is_final(StatusCode::from_u16(status).unwrap()), "{status}");
        }
        for status in [304, 401, 408, 413, 429, 500, 503] {
            assert!(!is_final(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }

    #[test]
    fn method_path_and_body_make_a_request() {
        let of = |method, path, body: &'static str| hash(method, path, &Bytes::from_static(body.as_bytes()));
        let request = of("POST", "/a", "{}");
        assert_eq!(request, of("POST", "/a", "{}"));
        for other in
            [of("PUT", "/a", "{}"), of("POST", "/b", "{}"), of("POST", "/a", "{} "), of("POST", "/a{}", "")]
        {
            assert_ne!(request, other);
        }
    }
}
