//! `POST /waitlist/notify`: staff offer seats themselves.

use axum::Json;
use axum::extract::State;
use contract::shapes::{NotifyAsk, NotifyResults};

use crate::App;
use crate::auth::Caller;
use crate::domain::notify;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Offer seats to a class's queue in order, or to entries out of turn
///
/// Never beyond the free seats; what keeps one entry from an offer is its own result.
#[utoipa::path(post, path = "/waitlist/notify", operation_id = "waitlist_notify", tag = "waitlist",
    request_body = NotifyAsk, responses((status = 200, body = NotifyResults)))]
pub(super) async fn notify(
    State(app): State<App>,
    caller: Caller,
    ApiJson(ask): ApiJson<NotifyAsk>,
) -> Result<Json<NotifyResults>, AppError> {
    Ok(Json(notify::notify(&app, &caller, &ask, app.clock.now()).await?))
}
