//! `/time`: the service's clock.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use contract::Operation;
use contract::shapes::Time;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Get the service's time, for countdowns
#[utoipa::path(get, path = Operation::TimeGet.path(), tag = "service",
    responses((status = 200, body = Time)))]
async fn get(State(app): State<App>) -> Result<impl IntoResponse, AppError> {
    app.vitals.check_clock()?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Time { now: app.clock.now() })))
}
