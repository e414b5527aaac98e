//! `/waitlist`

mod get;
mod join;
mod leave;
mod my;
mod position;
mod process_expiry;
mod respond;

use axum::Router;
use axum::routing::{get, post, put};

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/waitlist/join", post(join::join))
        .route("/waitlist/my", get(my::my))
        .route("/waitlist/process-expiry", post(process_expiry::process_expiry))
        .route("/waitlist/position/{id}", get(position::position))
        .route("/waitlist/{id}", get(get::get).delete(leave::leave))
        .route("/waitlist/{id}/respond", put(respond::respond))
}
