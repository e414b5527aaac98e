//! `/auth`: logging in and out.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use contract::Operation;
use contract::shapes::{
    DeviceDecided, DeviceDecision, DeviceLogin, DeviceRequest, DeviceToken, LoggedIn, LoggedOut, Login,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::auth::token::Verified;
use crate::error::AppError;
use crate::http::caller::ClientAddress;
use crate::http::extract::{ApiJson, NoBody};
use crate::service::{accounts, device_logins};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(device))
        .routes(routes!(device_token))
        .routes(routes!(device_approve))
        .routes(routes!(device_get))
        .routes(routes!(renew))
        .routes(routes!(logout))
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
    accounts::log_in(&app, &unit, &app.keys, &openid, app.login.is_dev()).await
}

/// Begin to log a page in (RFC 8628): show `user_code`, and ask for the token with `device_code`
#[utoipa::path(post, path = Operation::AuthDevice.path(), tag = "service",
    responses((status = 200, body = DeviceLogin)))]
async fn device(
    State(app): State<App>,
    unit: Unit,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    _: NoBody,
) -> Result<Answer, AppError> {
    let agent = headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    device_logins::begin(&app, &unit, &agent.unwrap_or_default(), address).await
}

/// Ask for the token of a page that waits to be logged in
#[utoipa::path(post, path = Operation::AuthDeviceToken.path(), tag = "service",
    request_body = DeviceToken, responses((status = 200, body = LoggedIn)))]
async fn device_token(
    State(app): State<App>,
    unit: Unit,
    ApiJson(ask): ApiJson<DeviceToken>,
) -> Result<Answer, AppError> {
    device_logins::token(&app, &unit, &app.keys, &ask.device_code).await
}

/// Approve or deny the login of a page
#[utoipa::path(post, path = Operation::AuthDeviceApprove.path(), tag = "service",
    request_body = DeviceDecision, responses((status = 200, body = DeviceDecided)))]
async fn device_approve(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<DeviceDecision>,
) -> Result<Answer, AppError> {
    device_logins::decide(&app, &unit, &caller, &ask).await
}

/// Show who asks to be logged in
#[utoipa::path(get, path = Operation::AuthDeviceGet.path(), tag = "service",
    responses((status = 200, body = DeviceRequest)))]
async fn device_get(
    State(app): State<App>,
    caller: Caller,
    Path(user_code): Path<String>,
) -> Result<Json<DeviceRequest>, AppError> {
    device_logins::look(&app, &caller, &user_code).await.map(Json)
}

/// Renew the token of a page, until a week after its login
#[utoipa::path(post, path = Operation::AuthRenew.path(), tag = "service",
    responses((status = 200, body = LoggedIn)))]
async fn renew(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    verified: Verified,
    _: NoBody,
) -> Result<Answer, AppError> {
    accounts::renew(&app, &unit, &app.keys, &caller, &verified).await
}

/// End this token, and those that it was renewed from or to
#[utoipa::path(post, path = Operation::AuthLogout.path(), tag = "service",
    responses((status = 200, body = LoggedOut)))]
async fn logout(
    State(app): State<App>,
    unit: Unit,
    verified: Verified,
    _: NoBody,
) -> Result<Answer, AppError> {
    let answer = accounts::log_out(&app, &unit, &verified).await;
    app.auth_cache.forget(&verified);
    answer
}
