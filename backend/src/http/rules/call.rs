//! `POST /rules/{fn}`: any function of the rules by name, without a token and without the database.

use axum::Json;
use axum::extract::Path;
use contract::shapes::{RuleCall, RuleValue};
use logic::calls;

use crate::error::AppError;
use crate::http::extract::ApiJson;

/// Any function of the rules by name
///
/// For clients without WASM; a policy left out means the defaults, not the one in force.
#[utoipa::path(post, path = "/rules/{fn}", operation_id = "rules_call", tag = "service",
    request_body = RuleCall, responses((status = 200, body = RuleValue)))]
pub(super) async fn call(
    Path(name): Path<String>,
    ApiJson(RuleCall { args }): ApiJson<RuleCall>,
) -> Result<Json<RuleValue>, AppError> {
    Ok(Json(RuleValue { value: calls::call(&name, &args)? }))
}
