//! `GET /waitlist/{id}`: one entry.

use axum::Json;
use axum::extract::State;
use logic::api::Entry;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::extract::PathId;

/// One entry
#[utoipa::path(get, path = "/waitlist/{id}", operation_id = "waitlist_get", tag = "waitlist",
    responses((status = 200, body = Entry)))]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
) -> Result<Json<Entry>, AppError> {
    Ok(Json(waitlist::get(&app, &caller, id, app.clock.now()).await?))
}
