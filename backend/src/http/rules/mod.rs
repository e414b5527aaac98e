//! `/rules`

mod call;

use axum::Router;
use axum::routing::post;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/rules/{fn}", post(call::call))
}
