//! `POST /bookings/{id}/leave`: misses the class with notice.

use axum::Json;
use axum::extract::State;
use contract::shapes::Booking;
use logic::ids::BookingId;

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
use crate::error::AppError;
use crate::http::extract::{NoBody, PathId};

/// Take leave in time, which earns the right to a makeup; the seat goes to the queue first
#[utoipa::path(post, path = "/bookings/{id}/leave", operation_id = "bookings_leave", tag = "bookings",
    responses((status = 200, body = Booking)))]
pub(super) async fn leave(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    _: NoBody,
) -> Result<Json<Booking>, AppError> {
    Ok(Json(bookings::leave(&app, &caller, id, app.clock.now()).await?))
}
