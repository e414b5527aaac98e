//! `GET /waitlist/{id}/notifications`: what an entry's owner was told.

use axum::Json;
use axum::extract::State;
use logic::api::EntryNotifications;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::notifications;
use crate::error::AppError;
use crate::http::extract::PathId;

/// What an entry's owner was told
#[utoipa::path(get, path = "/waitlist/{id}/notifications", operation_id = "waitlist_notifications", tag = "waitlist",
    responses((status = 200, body = EntryNotifications)))]
pub(super) async fn notifications(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
) -> Result<Json<EntryNotifications>, AppError> {
    Ok(Json(notifications::of_entry(&app, &caller, id, app.clock.now()).await?))
}
