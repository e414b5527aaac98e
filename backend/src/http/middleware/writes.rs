//! Runs writes. Each is a task of its own, so that a caller who hangs up does not take it along; one that has not begun
//! its transaction by then is dropped. A write that repeats an earlier one by its `Idempotency-Key` is not run: it is
//! answered what that one was answered.

use std::panic::AssertUnwindSafe;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::Operation;
use contract::access::Access;
use contract::body::BODY_LIMIT;
use contract::headers::{IDEMPOTENCY_FIRST, IDEMPOTENCY_REPLAYED};
use futures_util::FutureExt;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::idempotency::hash;
use super::problems::{panicked, status_code};
use super::response::{Arrived, BodyWritten, RequestId};
use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::server;
use crate::service::access;
use crate::unit::{Answer, Entered, Key, STOPS, Unit, lookup};

static REPLAYED: HeaderName = HeaderName::from_static(IDEMPOTENCY_REPLAYED);

/// What becomes of a write.
enum Started {
    /// It is run.
    Work(Unit, Box<Request>),
    /// It was run before.
    Answered(Answer),
}

/// Runs a write, or repeats the answer that is stored under its account's key.
pub(super) async fn run(
    app: &App,
    key: Option<(Caller, String)>,
    operation: Operation,
    request: Request,
    next: Next,
) -> Response {
    let caller = key.as_ref().map(|(caller, _)| *caller);
    let mut response = match start(app, key, operation, request).await {
        Ok(Started::Work(unit, mut request)) => {
            request.extensions_mut().insert(unit.clone());
            detached(unit, next.run(*request)).await
        }
        Ok(Started::Answered(answer)) => answer.into_response(),
        Err(error) => error.into_response(),
    };
    if let (Some(caller), Some(Replayed(answer))) = (caller, response.extensions_mut().remove())
        && let Err(error) = may_be_told(app, &caller, operation, &answer).await
    {
        return error.into_response();
    }
    response
}

async fn start(
    app: &App,
    key: Option<(Caller, String)>,
    operation: Operation,
    request: Request,
) -> Result<Started, AppError> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let now = app.clock.now();
    let arrived = request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0);
    let until = arrived + app.timers.transaction;
    let Some((caller, text)) = key else {
        return Ok(Started::Work(Unit::new(id, None, now, until, &app.running), Box::new(request)));
    };
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| server::fault(&error))?;
    let mut request_hash = hash(head.method.as_str(), &head.uri, &body);
    if operation == Operation::ProfilesClaim {
        // A body of few letters could be guessed from its hash.
        request_hash = app.keys.digest("request", &request_hash);
    }
    let is_first = head.headers.get(IDEMPOTENCY_FIRST).is_some_and(|value| value == "1");
    let key = Key { account: caller.account, text, request_hash, is_first };
    let slot = match app.keys_under_way.enter(&key)? {
        Entered::First(slot) => slot,
        Entered::Waiting(waiting) => {
            let answer = timeout_at(until, waiting.answer(&key)).await;
            return Ok(Started::Answered(answer.map_err(|_| AppError::Busy)??));
        }
    };
    // Where the caller is wrong, the transaction finds the key.
    if !is_first && let Some(answer) = lookup(&slot, &app.pool, &key, now).await? {
        return Ok(Started::Answered(answer));
    }
    let request = Box::new(Request::from_parts(head, Body::from(body)));
    Ok(Started::Work(Unit::new(id, Some((key, slot)), now, until, &app.running), request))
}

/// Checks that a caller may still be told the answer to its earlier write: a former guardian may not. For operations that
/// need a role, the role was checked before.
async fn may_be_told(
    app: &App,
    caller: &Caller,
    operation: Operation,
    answer: &Answer,
) -> Result<(), AppError> {
    match operation.access() {
        Access::People => access::require_replay(app, caller, answer.body()).await,
        _ => Ok(()),
    }
}

/// Runs a write's handler as a task of its own.
async fn detached(unit: Unit, handler: impl Future<Output = Response> + Send + 'static) -> Response {
    let watched = AssertUnwindSafe(handler).catch_unwind().map(|done| done.unwrap_or_else(panicked));
    let task = tokio::spawn(watched.in_current_span());
    let _caller = WaitingCaller { unit, task: task.abort_handle() };
    // An error: the runtime ends.
    let response = task.await.unwrap_or_else(|_| AppError::Unavailable(STOPS).into_response());
    if response.status().is_success() && response.extensions().get::<Concluded>().is_none() {
        let stray = anyhow::anyhow!("this operation writes, and has not written as a unit");
        return AppError::Internal(stray).into_response();
    }
    response
}

/// Marks the response of an [`Answer`], which only a [`Unit`] makes, as an extension.
#[derive(Clone, Copy, Debug)]
struct Concluded;

/// The answer that a response repeats, as an extension.
#[derive(Clone, Debug)]
struct Replayed(Answer);

/// The caller that waits for a write. Dropping it before the write has ended means that the caller hung up.
struct WaitingCaller {
    unit: Unit,
    task: AbortHandle,
}

impl Drop for WaitingCaller {
    fn drop(&mut self) {
        if self.task.is_finished() {
            return;
        }
        let outcome = if self.unit.leave() {
            self.task.abort();
            "dropped"
        } else {
            "run_on"
        };
        metrics::counter!("gym_writes_left_total", "outcome" => outcome).increment(1);
    }
}

/// The write that the layer began.
impl FromRequestParts<App> for Unit {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            AppError::Internal(anyhow::anyhow!("this operation writes, and the table says it reads"))
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let media_type = HeaderValue::from_static(self.media_type());
        let mut response = (status_code(self.status()), self.body().to_vec()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        if self.is_replay() {
            response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
            response.extensions_mut().insert(Replayed(self));
        }
        response.extensions_mut().insert(BodyWritten);
        response.extensions_mut().insert(Concluded);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Json;
    use axum::http::StatusCode;

    use super::*;
    use crate::clock::real_now;
    use crate::unit::Running;

    #[tokio::test]
    async fn a_write_that_answers_without_its_unit_is_a_fault() {
        let running: Arc<Running> = Arc::default();
        let unit = || Unit::new(String::new(), None, real_now(), Instant::now(), &running);
        let stray = detached(unit(), async { Json("done").into_response() }).await;
        assert_eq!(stray.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let refused = detached(unit(), async { AppError::not_found("a class").into_response() }).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "nothing was written");
    }
}
