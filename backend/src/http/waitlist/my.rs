//! `GET /waitlist/my?profile_id=&status=`: the account's entries, newest first.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{Entry, Page};
use logic::ids::ProfileId;
use logic::status::EntryStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::access::Scope;
use crate::domain::versions;
use crate::domain::waitlist::{self, MyFilter};
use crate::error::AppError;
use crate::http::conditional::Conditional;
use crate::http::extract::ApiQuery;
use crate::http::list::ListQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    profile_id: Option<ProfileId>,
    status: Option<EntryStatus>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// The account's entries, newest first
#[utoipa::path(get, path = "/waitlist/my", operation_id = "waitlist_my", tag = "waitlist",
    params(Query), responses((status = 200, body = Page<Entry>)))]
pub(super) async fn my(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::entries(&app, &scope, now).await?;
    let filter = MyFilter { scope, status: query.status, list };
    held.versioned(&app, &caller, &version, waitlist::my(&app, &filter, now)).await
}
