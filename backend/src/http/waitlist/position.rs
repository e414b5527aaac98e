//! `GET /waitlist/position/{id}`: the live rank, the chance and the wait.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::Position;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::{versions, waitlist};
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::PathId;

/// The live rank, the chance and the wait
#[utoipa::path(get, path = "/waitlist/position/{id}", operation_id = "waitlist_position", tag = "waitlist",
    responses((status = 200, body = Position)))]
pub(super) async fn position(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    PathId(id): PathId<WaitlistId>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let position = waitlist::position(&app, &caller, id, now).await?;
    let counts_as = Position { as_of: versions::position_time(&app, now), ..position };
    held.content_as(&app, Keep::Personal, &position, &counts_as)
}
