//! `/sessions`: the classes.

mod get;
mod list;

use axum::Router;
use axum::routing::get;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sessions", get(list::list))
        .route("/sessions/{course_schedule_id}/{date}", get(get::get))
}
