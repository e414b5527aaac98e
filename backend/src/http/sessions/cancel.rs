//! `POST /sessions/{course_schedule_id}/{date}/cancel`: the gym calls a class off.

use axum::Json;
use axum::extract::State;
use contract::shapes::Session;

use crate::App;
use crate::auth::Caller;
use crate::domain::session_admin;
use crate::error::AppError;
use crate::http::extract::{NoBody, PathSession};

/// Call a class off: bookings may be made up, offers are void, the queue is closed, everyone is told
#[utoipa::path(post, path = "/sessions/{course_schedule_id}/{date}/cancel", operation_id = "sessions_cancel",
    tag = "classes", responses((status = 200, body = Session)))]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathSession(schedule, date): PathSession,
    _: NoBody,
) -> Result<Json<Session>, AppError> {
    Ok(Json(session_admin::call_off(&app, &caller, schedule, date, app.clock.now()).await?))
}
