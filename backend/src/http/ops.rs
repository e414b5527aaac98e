//! For operators, outside the API: liveness, readiness, metrics, and the API as a page.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use contract::operation::{HEALTH_PATH, READY_PATH};
use serde_json::{Value, json};

use crate::db::SchemaState;
use crate::error::AppError;
use crate::http::openapi;
use crate::store::{self, StoreError};
use crate::{App, db, telemetry};

/// How long the database may take for `/readyz`.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// Alive and ready.
pub(super) fn health_routes() -> Router<App> {
    Router::new().route(HEALTH_PATH, get(healthz)).route(READY_PATH, get(readyz))
}

/// `/metrics`
pub(super) fn metrics_route() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

/// Alive, ready, and the contract as a page.
pub(super) fn routes() -> Router<App> {
    health_routes().merge(openapi::page())
}

async fn healthz(State(app): State<App>) -> Json<Value> {
    Json(json!({ "status": "ok", "build": app.build }))
}

/// Whether a write could be made: the database answers, has this program's schema, takes writes, and its clock agrees.
///
/// A version of the policy that this program cannot use is named in the body too: only its classes suffer.
///
/// A sweep that stands still is named in the body and leaves the answer at 200: it stands still on every backend for
/// the same reason, and none of them would be left to answer requests.
async fn readyz(State(app): State<App>) -> Result<Json<Value>, AppError> {
    let database = tokio::time::timeout(READY_TIMEOUT, takes_writes(&app));
    database.await.unwrap_or_else(|_| Err(AppError::Unavailable("the database does not answer")))?;
    app.vitals.check_clock()?;
    let policies = app.policies.all(&app.pool).await?;
    Ok(Json(json!({
        "status": "ready",
        "sweeps_standing_still": app.sweep_ages.standing_still(),
        "clock_ahead_ms": app.vitals.ahead_ms(),
        "policies_of_a_newer_program": policies.unusable().collect::<Vec<_>>(),
    })))
}

async fn takes_writes(app: &App) -> Result<(), AppError> {
    let unavailable = |why: &str, e: StoreError| AppError::Unreachable(format!("{why}: {e}"));
    match db::schema_state(&app.pool).await.map_err(|e| unavailable("the database does not answer", e))? {
        SchemaState::Current => {}
        other => return Err(AppError::Unreachable(other.to_string())),
    }
    // An account with rights enough writes all the same, to a server that should not be written to.
    if store::server_is_read_only(&app.pool).await? {
        return Err(AppError::Unavailable("the database is read-only"));
    }
    store::server_try_write(&app.pool).await.map_err(|e| unavailable("the database takes no writes", e))
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    telemetry::measure(&app).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::render())
}
