//! `/makeup`

mod available;
mod book;
mod cancel;
mod my;
mod owed;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/makeup/available", get(available::available))
        .route("/makeup/book", post(book::book))
        .route("/makeup/my", get(my::my))
        .route("/makeup/owed", get(owed::owed))
        .route("/makeup/{id}/cancel", delete(cancel::cancel))
}
