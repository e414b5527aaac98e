//! `/makeup`

mod available;
mod book;
mod cancel;
mod my;
mod owed;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(available::available))
        .routes(routes!(book::book))
        .routes(routes!(cancel::cancel))
        .routes(routes!(my::my))
        .routes(routes!(owed::owed))
}
