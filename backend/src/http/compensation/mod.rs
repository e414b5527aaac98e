//! `/compensation`

mod balance;
mod history;
mod preview;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(balance::balance))
        .routes(routes!(history::history))
        .routes(routes!(preview::preview))
}
