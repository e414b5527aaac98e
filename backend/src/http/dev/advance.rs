//! `POST /dev/clock/advance`: the service's clock goes on by some seconds.

use axum::Json;
use axum::extract::State;
use contract::shapes::Time;
use logic::Code;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiJson;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    /// 0 or more.
    seconds: u32,
}

/// Move the clock on
#[utoipa::path(post, path = "/dev/clock/advance", operation_id = "dev_clock_advance", tag = "dev",
    request_body = Advance, responses((status = 200, body = Time)))]
pub(super) async fn advance(
    State(app): State<App>,
    ApiJson(Advance { seconds }): ApiJson<Advance>,
) -> Result<Json<Time>, AppError> {
    let clock = app.clock.as_dev().ok_or(Code::NotFound)?;
    Ok(Json(Time { now: clock.advance(seconds).await? }))
}
