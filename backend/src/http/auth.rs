//! `/auth`: logging in.

use axum::extract::State;
use contract::Operation;
use contract::shapes::{LoggedIn, Login};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiJson;
use crate::service::accounts;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(login))
}

/// Exchange a code from `wx.login` for a token
///
/// An unknown caller becomes a member without profiles.
#[utoipa::path(post, path = Operation::AuthLogin.path(), tag = "service",
    request_body = Login, responses((status = 200, body = LoggedIn)))]
async fn login(
    State(app): State<App>,
    unit: Unit,
    ApiJson(Login { code }): ApiJson<Login>,
) -> Result<Answer, AppError> {
    let openid = app.login.openid(&code).await?;
    accounts::log_in(&app, &unit, &app.keys, &openid).await
}
