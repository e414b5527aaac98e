//! `/profiles`

mod list;

use axum::Router;
use axum::routing::get;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/profiles", get(list::list))
}
