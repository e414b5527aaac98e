//! `/dev`: the clock, the sweep and the recorder of `gym serve --dev-clock`; without it, none of these paths is there.

mod advance;
mod clock;
mod messages;
mod sweep;

use axum::Router;
use axum::routing::{get, post, put};

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/dev/clock", put(clock::set))
        .route("/dev/clock/advance", post(advance::advance))
        .route("/dev/messages", get(messages::list))
        .route("/dev/sweep", post(sweep::sweep))
}
