//! `/waitlist`

mod deadline_check;
mod get;
mod join;
mod leave;
mod my;
mod notifications;
mod notify;
mod position;
mod process_expiry;
mod respond;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(join::join))
        .routes(routes!(my::my))
        .routes(routes!(notify::notify))
        .routes(routes!(deadline_check::deadline_check))
        .routes(routes!(process_expiry::process_expiry))
        .routes(routes!(position::position))
        .routes(routes!(get::get, leave::leave))
        .routes(routes!(notifications::notifications))
        .routes(routes!(respond::respond))
}
