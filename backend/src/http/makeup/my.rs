//! `GET /makeup/my?profile_id=&status=`: the account's makeups, newest first.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::Makeups;
use logic::ids::ProfileId;
use logic::status::MakeupStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::access::Scope;
use crate::domain::{makeup, versions};
use crate::error::AppError;
use crate::http::conditional::Conditional;
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
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::makeups(&app, &scope).await?;
    held.versioned(&app, &caller, &version, makeup::my(&app, &scope, query.status, &list)).await
}
