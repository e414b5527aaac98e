//! `POST /waitlist/process-expiry`: staff, or the edge's cron, settle what is overdue.

use axum::Json;
use axum::extract::State;
use contract::shapes::{ProcessExpiry, Swept};

use crate::App;
use crate::auth::Settler;
use crate::domain::queue_sweep;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Offers that are looked at where the caller sets no limit.
const DEFAULT_LIMIT: u32 = 1000;

/// Settle what is overdue in every class
#[utoipa::path(post, path = "/waitlist/process-expiry", operation_id = "waitlist_process_expiry", tag = "waitlist",
    request_body = ProcessExpiry, responses((status = 200, body = Swept)))]
pub(super) async fn process_expiry(
    State(app): State<App>,
    settler: Settler,
    ApiJson(ask): ApiJson<ProcessExpiry>,
) -> Result<Json<Swept>, AppError> {
    Ok(Json(
        queue_sweep::process_for(&app, settler, ask.limit.unwrap_or(DEFAULT_LIMIT), app.clock.now()).await?,
    ))
}
