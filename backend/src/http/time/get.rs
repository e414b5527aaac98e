//! `GET /time`: the service's clock, for the countdowns of those who look.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use contract::shapes::Time;

use crate::App;

/// The service's clock, for countdowns
#[utoipa::path(get, path = "/time", operation_id = "time_get", tag = "service",
    responses((status = 200, body = Time)))]
pub(super) async fn get(State(app): State<App>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(Time { now: app.clock.now() }))
}
