//! `GET /profiles`: whom the caller's account may act for.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::{Page, Profile};
use logic::Instant;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::profiles;
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::ApiQuery;
use crate::http::list::{Cursor, ListQuery};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Whom the account may act for
#[utoipa::path(get, path = "/profiles", operation_id = "profiles_list", tag = "service",
    params(Query), responses((status = 200, body = Page<Profile>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let after = list.cursor.map_or(0, |cursor| cursor.id);
    let mut conn = app.pool.acquire().await?;
    let mut items = profiles::page(&mut conn, caller.account, after, list.fetch()).await?;
    // In order of id: all at one instant.
    let next_cursor = list.next(&mut items, |profile| Cursor::at(Instant::clamped(0), profile.id.0));
    held.content(&app, Keep::Personal, &Page { items, next_cursor })
}
