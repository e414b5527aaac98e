//! `GET /sessions/{course_schedule_id}/{date}`: one class.

use axum::Json;
use axum::extract::State;
use logic::api::Session;

use crate::App;
use crate::auth::Caller;
use crate::domain::sessions;
use crate::error::AppError;
use crate::http::extract::PathSession;

/// One class
#[utoipa::path(get, path = "/sessions/{course_schedule_id}/{date}", operation_id = "sessions_get", tag = "classes",
    responses((status = 200, body = Session)))]
pub(super) async fn get(
    State(app): State<App>,
    _caller: Caller,
    PathSession(schedule, date): PathSession,
) -> Result<Json<Session>, AppError> {
    Ok(Json(sessions::get(&app, schedule, date, app.clock.now()).await?))
}
