//! `PUT /dev/clock`: the service's clock stands there from now on.

use axum::Json;
use axum::extract::State;
use logic::Code;
use logic::api::Time;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiJson;

pub(super) async fn set(
    State(app): State<App>,
    ApiJson(Time { now }): ApiJson<Time>,
) -> Result<Json<Time>, AppError> {
    let clock = app.clock.as_dev().ok_or(Code::NotFound)?;
    Ok(Json(Time { now: clock.set(now).await? }))
}
