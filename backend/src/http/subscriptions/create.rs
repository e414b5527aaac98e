//! `POST /subscriptions`: what the member said to `wx.requestSubscribeMessage`.

use axum::Json;
use axum::extract::State;
use contract::shapes::{Remaining, Subscriptions};

use crate::App;
use crate::auth::Caller;
use crate::domain::subscriptions;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Bank what the member said to `wx.requestSubscribeMessage`: one accept buys one message of that template
#[utoipa::path(post, path = "/subscriptions", operation_id = "subscriptions_create", tag = "subscriptions",
    request_body = Subscriptions, responses((status = 200, body = Remaining)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<Subscriptions>,
) -> Result<Json<Remaining>, AppError> {
    Ok(Json(subscriptions::bank(&app, &caller, &ask.results).await?))
}
