//! `/auth`

use axum::Json;
use axum::extract::State;
use contract::Operation;
use contract::shapes::{LoggedIn, Login};
use logic::ids::AccountId;
use logic::status::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::token;
use crate::db::run_tx;
use crate::error::AppError;
use crate::http::extract::ApiJson;
use crate::service::profiles;

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
    let (account_id, role, profiles) = run_tx(&app.pool, "login", |conn, _| {
        Box::pin(async move {
            // Someone never seen is a member without profiles.
            sqlx::query(
                "INSERT INTO account (openid, role) VALUES (?, 'member') ON DUPLICATE KEY UPDATE id = id",
            )
            .bind(openid)
            .execute(&mut *conn)
            .await?;
            let (id, role): (i64, String) = sqlx::query_as("SELECT id, role FROM account WHERE openid = ?")
                .bind(openid)
                .fetch_one(&mut *conn)
                .await?;
            let account = AccountId(id);
            Ok((
                account,
                Role::parse(&role).unwrap_or(Role::Member),
                profiles::of_account(conn, account).await?,
            ))
        })
    })
    .await?;
    let (token, expires_at) = token::issue(&app.keys, account_id, role, contract::token::MAX_LIFE_SECONDS)?;
    Ok(Json(LoggedIn { token, expires_at, account_id, profiles }))
}
