//! `GET /sessions?from=&to=&course_id=`: the classes between two days.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::{
    date,
    shapes::{Page, Session},
};
use logic::ids::CourseId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::sessions::{self, Span};
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::ApiQuery;
use crate::http::list::ListQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    #[serde(deserialize_with = "date::deserialize")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::deserialize")]
    to: NaiveDate,
    course_id: Option<CourseId>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// The classes between two days, both included, at most 31
#[utoipa::path(get, path = "/sessions", operation_id = "sessions_list", tag = "classes",
    params(Query), responses((status = 200, body = Page<Session>)))]
pub(super) async fn list(
    State(app): State<App>,
    _caller: Caller,
    held: Conditional,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Response, AppError> {
    let span = Span {
        from: query.from,
        to: query.to,
        course: query.course_id,
        list: ListQuery::read(query.limit, query.cursor.as_deref())?,
    };
    let page = sessions::list(&app, &span, app.clock.now()).await?;
    held.content(&app, Keep::Shared, &page)
}
