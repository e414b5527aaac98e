//! `GET /waitlist/my?profile_id=&status=`: the account's entries, newest first.

use axum::Json;
use axum::extract::State;
use logic::api::{Entry, Page};
use logic::ids::ProfileId;
use logic::status::EntryStatus;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist::{self, MyFilter};
use crate::error::AppError;
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
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Page<Entry>>, AppError> {
    let filter = MyFilter {
        profile: query.profile_id,
        status: query.status,
        list: ListQuery::read(query.limit, query.cursor.as_deref())?,
    };
    Ok(Json(waitlist::my(&app, &caller, &filter, app.clock.now()).await?))
}
