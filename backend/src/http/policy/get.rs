//! `GET /policy`: the numbers in force.

use axum::extract::State;
use axum::response::Response;

use crate::App;
use crate::error::AppError;
use crate::http::conditional::{Conditional, Keep};

/// The numbers in force
#[utoipa::path(get, path = "/policy", operation_id = "policy_get", tag = "service",
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn get(State(app): State<App>, held: Conditional) -> Result<Response, AppError> {
    held.content(&app, Keep::Settings, &app.policy.to_json())
}
