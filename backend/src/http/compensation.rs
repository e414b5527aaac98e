//! `/compensation`: class credit.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Balance, CreditMovement, GoodwillAsk, Grant, Page, Preview, PreviewAsk};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, ApiQuery};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged, ProfileFilter};
use crate::service::access::Scope;
use crate::service::{compensation, goodwill, versions};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(balance))
        .routes(routes!(history))
        .routes(routes!(preview))
        .routes(routes!(grant))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BalanceQuery {
    profile_id: ProfileId,
}

/// Get a profile's credit: what can be spent, and what became of the rest
#[utoipa::path(get, path = Operation::CompensationBalance.path(), tag = "compensation",
    params(BalanceQuery), responses((status = 200, body = Balance)))]
async fn balance(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    ApiQuery(query): ApiQuery<BalanceQuery>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let scope = Scope::of(&app, &caller, Some(query.profile_id)).await?;
    let version = versions::credit(&app, &scope, now).await?;
    conditional.versioned(&app, &caller, &version, compensation::balance(&app, query.profile_id, now)).await
}

/// List every movement of credit minutes, newest first
#[utoipa::path(get, path = Operation::CompensationHistory.path(), tag = "compensation",
    params(ProfileFilter, PageQuery), responses((status = 200, body = Page<CreditMovement>)))]
async fn history(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<ProfileFilter>,
) -> Result<Response, AppError> {
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::credit(&app, &scope, app.clock.now()).await?;
    conditional.versioned(&app, &caller, &version, compensation::history(&app, &scope, &paging)).await
}

/// Preview what a payment with credit would take
#[utoipa::path(post, path = Operation::CompensationPreview.path(), tag = "compensation",
    request_body = PreviewAsk, responses((status = 200, body = Preview)))]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<PreviewAsk>,
) -> Result<Json<Preview>, AppError> {
    Ok(Json(compensation::preview(&app, &caller, &ask, app.clock.now()).await?))
}

/// Grant credit for a booking, as goodwill
///
/// Its family is told. No cancel takes it back.
#[utoipa::path(post, path = Operation::CompensationGrant.path(), tag = "compensation",
    request_body = GoodwillAsk, responses((status = 201, body = Grant)))]
async fn grant(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<GoodwillAsk>,
) -> Result<Answer, AppError> {
    goodwill::grant(&app, &unit.created(), &caller, &ask, app.clock.now()).await
}
