//! `/auth`

mod login;

use axum::Router;
use axum::routing::post;

use crate::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/auth/login", post(login::login))
}
