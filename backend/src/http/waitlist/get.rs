//! `GET /waitlist/{id}`: one entry.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::Entry;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};
use crate::http::extract::PathId;

/// One entry
#[utoipa::path(get, path = "/waitlist/{id}", operation_id = "waitlist_get", tag = "waitlist",
    responses((status = 200, body = Entry)))]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    PathId(id): PathId<WaitlistId>,
) -> Result<Response, AppError> {
    let entry = waitlist::get(&app, &caller, id, app.clock.now()).await?;
    held.content(&app, Keep::Personal, &entry)
}
