//! `/sessions`: the classes.

mod cancel;
mod capacity;
mod get;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get))
        .routes(routes!(cancel::cancel))
        .routes(routes!(capacity::capacity))
}
