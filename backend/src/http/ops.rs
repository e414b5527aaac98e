//! For operators, outside the API: liveness, readiness, metrics, and the API as a page.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::error::AppError;
use crate::http::openapi;
use crate::{App, db, telemetry};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .merge(openapi::page())
}

async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn readyz(State(app): State<App>) -> Result<Json<Value>, AppError> {
    match db::missing_migrations(&app.pool).await {
        Ok(0) => Ok(Json(json!({ "status": "ready" }))),
        Ok(missing) => Err(AppError::Unavailable(format!("{missing} migrations are missing"))),
        Err(e) => Err(AppError::Unavailable(format!("the database does not answer: {e}"))),
    }
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    telemetry::measure(&app).await;
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::render())
}
