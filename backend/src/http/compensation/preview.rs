//! `POST /compensation/preview`: what paying with credit would take, changing nothing.

use axum::Json;
use axum::extract::State;
use contract::shapes::{Preview, PreviewAsk};

use crate::App;
use crate::auth::Caller;
use crate::domain::compensation;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Tell what paying with credit would take, changing nothing
#[utoipa::path(post, path = "/compensation/preview", operation_id = "compensation_preview", tag = "compensation",
    request_body = PreviewAsk, responses((status = 200, body = Preview)))]
pub(super) async fn preview(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<PreviewAsk>,
) -> Result<Json<Preview>, AppError> {
    Ok(Json(compensation::preview(&app, &caller, &ask, app.clock.now()).await?))
}
