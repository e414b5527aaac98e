//! `GET /compensation/balance?profile_id=`: what a profile can spend, and where the rest went.

use axum::Json;
use axum::extract::State;
use logic::api::Balance;
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::compensation;
use crate::error::AppError;
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
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Balance>, AppError> {
    Ok(Json(compensation::balance(&app, &caller, query.profile_id, app.clock.now()).await?))
}
