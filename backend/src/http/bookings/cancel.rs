//! `DELETE /bookings/{id}`: gives the seat back, to the queue first.

use axum::Json;
use axum::extract::State;
use logic::api::Booking;
use logic::ids::BookingId;

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
use crate::error::AppError;
use crate::http::extract::PathId;

pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<BookingId>,
) -> Result<Json<Booking>, AppError> {
    Ok(Json(bookings::cancel(&app, &caller, id, app.clock.now()).await?))
}
