//! `PUT /dev/clock`: the service's clock stands there from now on.

use axum::Json;
use axum::extract::State;
use contract::shapes::Time;
use logic::Code;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Put the clock somewhere later
#[utoipa::path(put, path = "/dev/clock", operation_id = "dev_clock_set", tag = "dev",
    request_body = Time, responses((status = 200, body = Time)))]
pub(super) async fn set(
    State(app): State<App>,
    ApiJson(Time { now }): ApiJson<Time>,
) -> Result<Json<Time>, AppError> {
    let clock = app.clock.as_dev().ok_or(Code::NotFound)?;
    Ok(Json(Time { now: clock.set(now).await? }))
}
