//! `POST /subscriptions`: what the member said to `wx.requestSubscribeMessage`.

use axum::Json;
use axum::extract::State;
use logic::api::{Remaining, Subscriptions};

use crate::App;
use crate::auth::Caller;
use crate::domain::subscriptions;
use crate::error::AppError;
use crate::http::extract::ApiJson;

pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<Subscriptions>,
) -> Result<Json<Remaining>, AppError> {
    Ok(Json(subscriptions::bank(&app, &caller, &ask.results).await?))
}
