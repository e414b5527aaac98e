//! `POST /waitlist/process-expiry`: staff, or the edge's cron, settle what is overdue.

use axum::Json;
use axum::extract::State;
use logic::api::{ProcessExpiry, Swept};
use logic::status::Role;

use crate::App;
use crate::auth::caller::AnyCaller;
use crate::domain::due::Stop;
use crate::domain::expiry;
use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Offers that are looked at where the caller sets no limit.
const DEFAULT_LIMIT: u32 = 1000;

pub(super) async fn process_expiry(
    State(app): State<App>,
    AnyCaller(caller): AnyCaller,
    ApiJson(ask): ApiJson<ProcessExpiry>,
) -> Result<Json<Swept>, AppError> {
    if caller.role == Role::Member {
        return Err(AppError::forbidden("only staff and the service may do this"));
    }
    let limit = ask.limit.unwrap_or(DEFAULT_LIMIT);
    let (swept, _) = expiry::process(&app, limit, app.clock.now(), &Stop::never()).await?;
    Ok(Json(swept))
}
