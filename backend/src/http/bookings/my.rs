//! `GET /bookings/my?profile_id=`: the account's bookings.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{Booking, Page};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::access::Scope;
use crate::domain::{bookings, versions};
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

/// The account's bookings, the latest class first
#[utoipa::path(get, path = "/bookings/my", operation_id = "bookings_my", tag = "bookings",
    params(Query), responses((status = 200, body = Page<Booking>)))]
pub(super) async fn my(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::bookings(&app, &scope, app.clock.now()).await?;
    held.versioned(&app, &caller, &version, bookings::my(&app, &scope, &list)).await
}
