//! `GET /makeup/my?profile_id=&status=`: the account's makeups, newest first.

use axum::Json;
use axum::extract::State;
use logic::api::Makeups;
use logic::ids::ProfileId;
use logic::status::MakeupStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::makeup;
use crate::error::AppError;
use crate::http::extract::ApiQuery;
use crate::http::list::ListQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    profile_id: Option<ProfileId>,
    status: Option<MakeupStatus>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List the account's makeups, newest first
#[utoipa::path(get, path = "/makeup/my", operation_id = "makeup_my", tag = "makeup",
    params(Query), responses((status = 200, body = Makeups)))]
pub(super) async fn my(
    State(app): State<App>,
    caller: Caller,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Makeups>, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    Ok(Json(makeup::my(&app, &caller, query.profile_id, query.status, &list).await?))
}
