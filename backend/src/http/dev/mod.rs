//! `/dev`: the clock, the sweep and the recorder of `gym serve --dev-clock`; without it, none of these paths is there.

mod advance;
mod clock;
mod messages;
mod sweep;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clock::set))
        .routes(routes!(advance::advance))
        .routes(routes!(messages::list))
        .routes(routes!(sweep::sweep))
}
