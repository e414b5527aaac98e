//! For those who run the service, outside `/api/v1`: alive, ready, metrics, the contract as a page.

mod healthz;
mod metrics;
mod readyz;

use axum::Router;
use axum::routing::get;

use crate::App;
use crate::http::openapi;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz::healthz))
        .route("/readyz", get(readyz::readyz))
        .route("/metrics", get(metrics::metrics))
        .merge(openapi::page())
}
