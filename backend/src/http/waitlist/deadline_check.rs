//! `GET /waitlist/deadline-check`: where the deadlines of a class stand.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use contract::{date, shapes::DeadlineCheck};
use logic::ids::ScheduleId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::auth::Caller;
use crate::domain::session_admin;
use crate::error::AppError;
use crate::http::extract::ApiQuery;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    course_schedule_id: ScheduleId,
    #[serde(deserialize_with = "date::deserialize")]
    booking_date: NaiveDate,
}

/// Settle what is overdue in a class, and say where its deadlines stand
#[utoipa::path(get, path = "/waitlist/deadline-check", operation_id = "waitlist_deadline_check", tag = "waitlist",
    params(Query), responses((status = 200, body = DeadlineCheck)))]
pub(super) async fn deadline_check(
    State(app): State<App>,
    _caller: Caller,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<DeadlineCheck>, AppError> {
    let (schedule, date) = (query.course_schedule_id, query.booking_date);
    Ok(Json(session_admin::deadline_check(&app, schedule, date, app.clock.now()).await?))
}
