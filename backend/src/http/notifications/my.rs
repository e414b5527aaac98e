//! `GET /notifications/my?profile_id=`: what the account was told.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{Notification, Page};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::access::Scope;
use crate::domain::{notifications, versions};
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

/// What the account was told, newest first
#[utoipa::path(get, path = "/notifications/my", operation_id = "notifications_my", tag = "waitlist",
    params(Query), responses((status = 200, body = Page<Notification>)))]
pub(super) async fn my(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::notifications(&app, &scope, app.clock.now()).await?;
    held.versioned(&app, &caller, &version, notifications::my(&app, &scope, &list)).await
}
