//! `/policy`

mod get;

use axum::Router;
use axum::routing;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/policy", routing::get(get::get))
}
