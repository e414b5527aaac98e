//! For operators, outside the API: liveness, readiness, metrics, and the API as a page.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::db::SchemaState;
use crate::error::AppError;
use crate::http::openapi;
use crate::{App, build, db, telemetry};

/// Alive and ready.
pub(super) fn health_routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// `/metrics`
pub(super) fn metrics_route() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

/// Alive, ready, and the contract as a page.
pub(super) fn routes() -> Router<App> {
    health_routes().merge(openapi::page())
}

async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok", "build": build::ID }))
}

/// Whether the database answers and has this program's schema.
///
/// A sweep that stands still is named in the body and leaves the answer at 200: it stands still on every backend for
/// the same reason, and none of them would be left to answer requests.
async fn readyz(State(app): State<App>) -> Result<Json<Value>, AppError> {
    match db::schema_state(&app.pool).await {
        Ok(SchemaState::Current) => {
            Ok(Json(json!({ "status": "ready", "sweeps_standing_still": app.sweep_ages.standing_still() })))
        }
        Ok(other) => Err(AppError::Unavailable(other.to_string())),
        Err(e) => Err(AppError::Unavailable(format!("the database does not answer: {e}"))),
    }
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    telemetry::measure(&app).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::render())
}
