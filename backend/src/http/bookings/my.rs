//! `GET /bookings/my?profile_id=`: the account's bookings.

use axum::Json;
use axum::extract::State;
use logic::api::{Booking, Page};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::bookings;
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

/// The account's bookings, the latest class first
#[utoipa::path(get, path = "/bookings/my", operation_id = "bookings_my", tag = "bookings",
    params(Query), responses((status = 200, body = Page<Booking>)))]
pub(super) async fn my(
    State(app): State<App>,
    caller: Caller,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Page<Booking>>, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    Ok(Json(bookings::my(&app, &caller, query.profile_id, &list).await?))
}
