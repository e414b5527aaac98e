//! `POST /makeup/book`: takes a free seat to make a missed class up.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::shapes::{BookMakeup, Makeup};

use crate::App;
use crate::auth::Caller;
use crate::domain::makeup;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Take a free seat to make a missed class up
#[utoipa::path(post, path = "/makeup/book", operation_id = "makeup_book", tag = "makeup",
    request_body = BookMakeup, responses((status = 201, body = Makeup)))]
pub(super) async fn book(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<BookMakeup>,
) -> Result<(StatusCode, Json<Makeup>), AppError> {
    let made = makeup::book(&app, &caller, &ask, app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
