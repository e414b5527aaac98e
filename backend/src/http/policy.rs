//! `/policy`: the numbers of the rules.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::middleware::conditional::Conditional;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Get the policy in force
#[utoipa::path(get, path = Operation::PolicyGet.path(), tag = "service",
    responses((status = 200, body = serde_json::Value)))]
async fn get(State(app): State<App>, conditional: Conditional) -> Result<Response, AppError> {
    conditional.content(&app, &app.policy.to_json())
}
