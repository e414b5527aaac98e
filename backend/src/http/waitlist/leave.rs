//! `DELETE /waitlist/{id}`: leaves the queue.

use axum::Json;
use axum::extract::State;
use contract::shapes::Entry;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::extract::{NoBody, PathId};

/// Leave the queue
#[utoipa::path(delete, path = "/waitlist/{id}", operation_id = "waitlist_leave", tag = "waitlist",
    responses((status = 200, body = Entry)))]
pub(super) async fn leave(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
    _: NoBody,
) -> Result<Json<Entry>, AppError> {
    Ok(Json(waitlist::leave(&app, &caller, id, app.clock.now()).await?))
}
