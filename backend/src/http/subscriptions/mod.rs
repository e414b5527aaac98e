//! `/subscriptions`

mod create;

use axum::Router;
use axum::routing::post;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/subscriptions", post(create::create))
}
