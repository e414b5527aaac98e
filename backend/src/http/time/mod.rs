//! `/time`

mod get;

use axum::Router;
use axum::routing;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/time", routing::get(get::get))
}
