//! `PUT /waitlist/{id}/respond`: takes the offered seat or lets it go.

use axum::Json;
use axum::extract::State;
use contract::shapes::{Respond, Responded};
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::waitlist;
use crate::error::AppError;
use crate::http::extract::{ApiJson, PathId};

/// Take the offered seat, or let it go
#[utoipa::path(put, path = "/waitlist/{id}/respond", operation_id = "waitlist_respond", tag = "waitlist",
    request_body = Respond, responses((status = 200, body = Responded)))]
pub(super) async fn respond(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
    ApiJson(ask): ApiJson<Respond>,
) -> Result<Json<Responded>, AppError> {
    Ok(Json(waitlist::respond(&app, &caller, id, ask.action, app.clock.now()).await?))
}
