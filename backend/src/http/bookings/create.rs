//! `POST /bookings`: takes a free seat directly.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use contract::shapes::{Book, Booking};

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Book a free seat
#[utoipa::path(post, path = "/bookings", operation_id = "bookings_create", tag = "bookings",
    request_body = Book, responses((status = 201, body = Booking)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<Book>,
) -> Result<(StatusCode, Json<Booking>), AppError> {
    let booking = bookings::book(&app, &caller, &ask, app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(booking)))
}
