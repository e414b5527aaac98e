//! `/desk`: what the gym's own page reads and writes.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::shapes::{AttendanceList, AttendanceRecorded, DeskChild, DeskDay, DeskSession};
use contract::{Operation, date};
use logic::ids::ProfileId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, ApiQuery, PathId, PathSession};
use crate::http::middleware::conditional::Conditional;
use crate::service::{bookings, desk};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(day))
        .routes(routes!(session))
        .routes(routes!(profile))
        .routes(routes!(attendance))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DayQuery {
    #[serde(deserialize_with = "date::deserialize")]
    date: NaiveDate,
}

/// Get a day at a glance: every class, and what needs a person
#[utoipa::path(get, path = Operation::DeskDay.path(), tag = "desk",
    params(DayQuery), responses((status = 200, body = DeskDay)))]
async fn day(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    ApiQuery(query): ApiQuery<DayQuery>,
) -> Result<Response, AppError> {
    let day = desk::day(&app, &caller, query.date, app.clock.now()).await?;
    conditional.content(&app, &day)
}

/// Get a class with its roster, its queue and its offers
#[utoipa::path(get, path = Operation::DeskSession.path(), tag = "desk",
    responses((status = 200, body = DeskSession)))]
async fn session(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathSession(schedule, date): PathSession,
) -> Result<Response, AppError> {
    let class = desk::session(&app, &caller, (schedule, date), app.clock.now()).await?;
    conditional.content(&app, &class)
}

/// Get a child as its family sees it: places, makeups, credit, and what it was told
#[utoipa::path(get, path = Operation::DeskProfile.path(), tag = "desk",
    responses((status = 200, body = DeskChild)))]
async fn profile(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathId(id): PathId<ProfileId>,
) -> Result<Response, AppError> {
    conditional.content(&app, &desk::child(&app.waitlist, &caller, id, app.clock.now()).await?)
}

/// Record the attendance of a class, all or nothing
#[utoipa::path(put, path = Operation::DeskAttendance.path(), tag = "desk",
    request_body = AttendanceList, responses((status = 200, body = AttendanceRecorded)))]
async fn attendance(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    ApiJson(ask): ApiJson<AttendanceList>,
) -> Result<Answer, AppError> {
    ask.check()?;
    bookings::attend_all(&app, &unit, &caller, (schedule, date), &ask.items, app.clock.now()).await
}
