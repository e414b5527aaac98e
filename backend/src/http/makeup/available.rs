//! `GET /makeup/available?profile_id=&original_booking_id=&from=&to=`: the classes that can make up for a missed one.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::{
    date,
    shapes::{MakeupOption, Page},
};
use logic::ids::{BookingId, ProfileId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::makeup::{self, Range};
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::ApiQuery;
use crate::http::list::ListQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    profile_id: ProfileId,
    original_booking_id: BookingId,
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List the classes that can make up for a missed one, and those that can be waited for
#[utoipa::path(get, path = "/makeup/available", operation_id = "makeup_available", tag = "makeup",
    params(Query), responses((status = 200, body = Page<MakeupOption>)))]
pub(super) async fn available(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let range = Range {
        profile: query.profile_id,
        original: query.original_booking_id,
        from: query.from,
        to: query.to,
        list: ListQuery::read(query.limit, query.cursor.as_deref())?,
    };
    let page = makeup::available(&app, &caller, &range, app.clock.now()).await?;
    held.content(&app, Keep::Personal, &page)
}
