//! `GET /waitlist/position/{id}`: the live rank, the chance and the wait.

use axum::Json;
use axum::extract::State;
use logic::api::Position;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::extract::PathId;

/// The live rank, the chance and the wait
#[utoipa::path(get, path = "/waitlist/position/{id}", operation_id = "waitlist_position", tag = "waitlist",
    responses((status = 200, body = Position)))]
pub(super) async fn position(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
) -> Result<Json<Position>, AppError> {
    Ok(Json(waitlist::position(&app, &caller, id, app.clock.now()).await?))
}
