//! `POST /waitlist/join`: waits for a seat of a full class.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::shapes::{Entry, Join};

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Wait for a seat of a full class
#[utoipa::path(post, path = "/waitlist/join", operation_id = "waitlist_join", tag = "waitlist",
    request_body = Join, responses((status = 201, body = Entry)))]
pub(super) async fn join(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<Join>,
) -> Result<(StatusCode, Json<Entry>), AppError> {
    let entry = waitlist::join(&app, &caller, &ask, app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(entry)))
}
