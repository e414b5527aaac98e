//! `PUT /sessions/{course_schedule_id}/{date}/capacity`: a class has so many seats.

use axum::Json;
use axum::extract::State;
use contract::shapes::{Session, SetCapacity};

use crate::App;
use crate::auth::Caller;
use crate::domain::session_admin;
use crate::error::AppError;
use crate::http::extract::{ApiJson, PathSession};

/// Change the seats of a class; more go to the queue at once
#[utoipa::path(put, path = "/sessions/{course_schedule_id}/{date}/capacity", operation_id = "sessions_capacity",
    tag = "classes", request_body = SetCapacity, responses((status = 200, body = Session)))]
pub(super) async fn capacity(
    State(app): State<App>,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    ApiJson(ask): ApiJson<SetCapacity>,
) -> Result<Json<Session>, AppError> {
    let seats = ask.seats()?;
    Ok(Json(session_admin::set_capacity(&app, &caller, schedule, date, seats, app.clock.now()).await?))
}
