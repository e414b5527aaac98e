//! `/compensation`

mod balance;
mod history;
mod preview;

use axum::Router;
use axum::routing::{get, post};

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/compensation/balance", get(balance::balance))
        .route("/compensation/history", get(history::history))
        .route("/compensation/preview", post(preview::preview))
}
