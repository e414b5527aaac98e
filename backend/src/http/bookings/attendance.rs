//! `POST /bookings/{id}/attendance`: staff say whether someone came.

use axum::Json;
use axum::extract::State;
use contract::shapes::{Attend, Booking};
use logic::ids::BookingId;

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
use crate::error::AppError;
use crate::http::extract::{ApiJson, PathId};

/// Say whether someone came to class; saying it again corrects it
#[utoipa::path(post, path = "/bookings/{id}/attendance", operation_id = "bookings_attendance", tag = "bookings",
    request_body = Attend, responses((status = 200, body = Booking)))]
pub(super) async fn attendance(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    ApiJson(ask): ApiJson<Attend>,
) -> Result<Json<Booking>, AppError> {
    Ok(Json(bookings::attend(&app, &caller, id, ask.status, app.clock.now()).await?))
}
