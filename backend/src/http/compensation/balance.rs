//! `GET /compensation/balance?profile_id=`: what a profile can spend, and where the rest went.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::Balance;
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::access::Scope;
use crate::domain::{compensation, versions};
use crate::error::AppError;
use crate::http::conditional::Conditional;
use crate::http::extract::ApiQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    profile_id: ProfileId,
}

/// Tell what a profile can spend, and where the rest went
#[utoipa::path(get, path = "/compensation/balance", operation_id = "compensation_balance", tag = "compensation",
    params(Query), responses((status = 200, body = Balance)))]
pub(super) async fn balance(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let scope = Scope::of(&app, &caller, Some(query.profile_id)).await?;
    let version = versions::credit(&app, &scope, now).await?;
    held.versioned(&app, &caller, &version, compensation::balance(&app, query.profile_id, now)).await
}
