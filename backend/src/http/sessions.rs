//! `/sessions`: the classes.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::shapes::{Page, Session, SetCapacity};
use contract::{Operation, date};
use logic::ids::CourseId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, NoBody, PathSession};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged};
use crate::service::sessions::{self, Span};
use crate::service::{call_off, policy_admin, session_admin};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(cancel))
        .routes(routes!(capacity))
        .routes(routes!(policy))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ClassesQuery {
    #[serde(deserialize_with = "date::deserialize")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::deserialize")]
    to: NaiveDate,
    course_id: Option<CourseId>,
}

/// List the classes between two dates, both included, at most 31 days
#[utoipa::path(get, path = Operation::SessionsList.path(), tag = "classes",
    params(ClassesQuery, PageQuery), responses((status = 200, body = Page<Session>)))]
async fn list(
    State(app): State<App>,
    _caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<ClassesQuery>,
) -> Result<Response, AppError> {
    let span = Span { from: query.from, to: query.to, course: query.course_id, list: paging };
    let page = sessions::list(&app, &span, app.clock.now()).await?;
    conditional.content(&app, &page)
}

/// Get a class
#[utoipa::path(get, path = Operation::SessionsGet.path(), tag = "classes",
    responses((status = 200, body = Session)))]
async fn get(
    State(app): State<App>,
    _caller: Caller,
    conditional: Conditional,
    PathSession(schedule, date): PathSession,
) -> Result<Response, AppError> {
    let class = sessions::get(&app, schedule, date, app.clock.now()).await?;
    conditional.content(&app, &class)
}

/// Cancel a class: bookings may be made up, offers end, the waitlist closes, everyone is notified
#[utoipa::path(post, path = Operation::SessionsCancel.path(), tag = "classes", responses((status = 200, body = Session)))]
async fn cancel(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    _: NoBody,
) -> Result<Answer, AppError> {
    call_off::call_off(&app, &unit, &caller, (schedule, date), app.clock.now()).await
}

/// Change the capacity of a class; new seats are offered to the queue at once
#[utoipa::path(put, path = Operation::SessionsCapacity.path(), tag = "classes", request_body = SetCapacity, responses((status = 200, body = Session)))]
async fn capacity(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    ApiJson(ask): ApiJson<SetCapacity>,
) -> Result<Answer, AppError> {
    let seats = ask.seats()?;
    session_admin::set_capacity(&app, &unit, &caller, (schedule, date), seats, app.clock.now()).await
}

/// Let a class take the newest version of the policy that holds when it starts, if nothing was promised in it yet
#[utoipa::path(post, path = Operation::SessionsPolicy.path(), tag = "classes", responses((status = 200, body = Session)))]
async fn policy(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    _: NoBody,
) -> Result<Answer, AppError> {
    policy_admin::choose(&app, &unit, &caller, (schedule, date), app.clock.now()).await
}
