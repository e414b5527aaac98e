//! `GET /makeup/owed?profile_id=`: missed bookings still to be made up.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{Owed, Page};
use logic::ids::ProfileId;
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
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List the missed bookings still to be made up
#[utoipa::path(get, path = "/makeup/owed", operation_id = "makeup_owed", tag = "makeup",
    params(Query), responses((status = 200, body = Page<Owed>)))]
pub(super) async fn owed(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let now = app.clock.now();
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::owed(&app, &scope, now).await?;
    held.versioned(&app, &caller, &version, makeup::owed(&app, &scope, &list, now)).await
}
