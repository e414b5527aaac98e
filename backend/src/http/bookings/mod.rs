//! `/bookings`

mod attendance;
mod cancel;
mod create;
mod leave;
mod my;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(my::my))
        .routes(routes!(cancel::cancel))
        .routes(routes!(leave::leave))
        .routes(routes!(attendance::attendance))
}
