//! `/bookings`

mod cancel;
mod create;
mod my;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/bookings", post(create::create))
        .route("/bookings/my", get(my::my))
        .route("/bookings/{id}", delete(cancel::cancel))
}
