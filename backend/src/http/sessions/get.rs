//! `GET /sessions/{course_schedule_id}/{date}`: one class.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::Session;

use crate::App;
use crate::auth::Caller;
use crate::domain::sessions;
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::PathSession;

/// One class
#[utoipa::path(get, path = "/sessions/{course_schedule_id}/{date}", operation_id = "sessions_get", tag = "classes",
    responses((status = 200, body = Session)))]
pub(super) async fn get(
    State(app): State<App>,
    _caller: Caller,
    held: Conditional,
    PathSession(schedule, date): PathSession,
) -> Result<Response, AppError> {
    let class = sessions::get(&app, schedule, date, app.clock.now()).await?;
    held.content(&app, Keep::Shared, &class)
}
