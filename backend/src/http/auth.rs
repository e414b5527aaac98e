//! `/auth`: logging in.

use axum::Json;
use axum::extract::State;
use contract::Operation;
use contract::shapes::{LoggedIn, Login};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::token;
use crate::db::run_tx;
use crate::error::AppError;
use crate::http::extract::ApiJson;
use crate::service::profiles;
use crate::store;

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
    ApiJson(Login { code }): ApiJson<Login>,
) -> Result<Json<LoggedIn>, AppError> {
    let openid = app.login.openid(&code).await?;
    let openid = &openid;
    let (account, profiles) = run_tx(&app.pool, "login", |conn, _| {
        Box::pin(async move {
            let account = store::account_ensure(conn, openid).await?;
            Ok((account, profiles::of_account(&mut *conn, account.id).await?))
        })
    })
    .await?;
    let (token, expires_at) =
        token::issue(&app.keys, account.id, account.role, contract::token::MAX_ISSUED_SECONDS)?;
    Ok(Json(LoggedIn { token, expires_at, account_id: account.id, profiles }))
}
