//! `GET /compensation/history?profile_id=`: every movement of minutes, newest first.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{CreditMovement, Page};
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
use crate::http::list::ListQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    profile_id: Option<ProfileId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List every movement of minutes, newest first
#[utoipa::path(get, path = "/compensation/history", operation_id = "compensation_history", tag = "compensation",
    params(Query), responses((status = 200, body = Page<CreditMovement>)))]
pub(super) async fn history(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::credit(&app, &scope, app.clock.now()).await?;
    held.versioned(&app, &caller, &version, compensation::history(&app, &scope, &list)).await
}
