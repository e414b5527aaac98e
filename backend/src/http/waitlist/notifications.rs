//! `GET /waitlist/{id}/notifications`: what an entry's owner was told.

use axum::extract::State;
use axum::response::Response;
use contract::shapes::EntryNotifications;
use logic::ids::WaitlistId;

use crate::App;
use crate::auth::Caller;
use crate::domain::{notifications, versions};
use crate::error::AppError;
use crate::http::conditional::Conditional;
use crate::http::extract::PathId;

/// What an entry's owner was told
#[utoipa::path(get, path = "/waitlist/{id}/notifications", operation_id = "waitlist_notifications", tag = "waitlist",
    responses((status = 200, body = EntryNotifications)))]
pub(super) async fn notifications(
    State(app): State<App>,
    caller: Caller,
    held: Conditional,
    PathId(id): PathId<WaitlistId>,
) -> Result<Response, AppError> {
    let version = versions::of_entry(&app, &caller, id, app.clock.now()).await?;
    held.versioned(&app, &caller, &version, notifications::of_entry(&app, id)).await
}
