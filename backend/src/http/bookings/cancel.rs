//! `DELETE /bookings/{id}`: gives the seat back, to the queue first.

use axum::Json;
use axum::extract::State;
use contract::shapes::Booking;
use logic::ids::BookingId;

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
use crate::error::AppError;
use crate::http::extract::{NoBody, PathId};

/// Cancel a booking; the seat goes to the queue first
#[utoipa::path(delete, path = "/bookings/{id}", operation_id = "bookings_cancel", tag = "bookings",
    responses((status = 200, body = Booking)))]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    _: NoBody,
) -> Result<Json<Booking>, AppError> {
    Ok(Json(bookings::cancel(&app, &caller, id, app.clock.now()).await?))
}
