//! Refuses a request that reaches the origin without passing the edge (`GYM_REQUIRE_EDGE`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::operation::{HEALTH_PATH, READY_PATH};
use logic::{Code, Refusal};

use crate::error::AppError;
use crate::limits::Limits;

/// What load balancers and probes ask, which know no secret.
const OPEN: [&str; 2] = [HEALTH_PATH, READY_PATH];

/// Answers 403 to a request that does not show the edge's secret, where it must.
pub(in crate::http) async fn refuse_strangers(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    if OPEN.contains(&request.uri().path()) || limits.may_enter(request.headers()) {
        return next.run(request).await;
    }
    let why = "this service answers requests of its edge alone";
    AppError::from(Refusal::because(Code::Forbidden, why)).into_response()
}
