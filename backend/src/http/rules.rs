//! `/rules`: the functions of the rules.

use axum::Json;
use axum::extract::Path;
use contract::Operation;
use contract::shapes::{RuleCall, RuleValue};
use logic::calls;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiJson;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(call))
}

/// Call a function of the rules by name
///
/// For clients without WASM. A policy that is left out stands for the defaults, not the policy in force.
#[utoipa::path(post, path = Operation::RulesCall.path(), tag = "service",
    request_body = RuleCall, responses((status = 200, body = RuleValue)))]
async fn call(
    Path(name): Path<String>,
    ApiJson(RuleCall { args }): ApiJson<RuleCall>,
) -> Result<Json<RuleValue>, AppError> {
    Ok(Json(RuleValue { value: calls::call(&name, &args)? }))
}
