//! `GET /notifications/my?profile_id=`: what the account was told.

use axum::Json;
use axum::extract::State;
use logic::api::{Notification, Page};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::notifications;
use crate::error::AppError;
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
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Page<Notification>>, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    Ok(Json(notifications::my(&app, &caller, query.profile_id, &list, app.clock.now()).await?))
}
