//! `POST /rules/{fn}`: any function of the rules by name, without a token and without the database.

use axum::Json;
use axum::extract::Path;
use logic::api::{RuleCall, RuleValue};
use logic::calls;

use crate::error::AppError;
use crate::http::extract::ApiJson;

pub(super) async fn call(
    Path(name): Path<String>,
    ApiJson(RuleCall { args }): ApiJson<RuleCall>,
) -> Result<Json<RuleValue>, AppError> {
    Ok(Json(RuleValue { value: calls::call(&name, &args)? }))
}
