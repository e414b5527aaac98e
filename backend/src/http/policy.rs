//! `/policy` and `/policies`: the numbers of the rules, and their versions.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Page, PolicySet, PolicyVersion, SetPolicy};
use logic::ids::PolicyId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, PathId};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{NoFilter, PageQuery, Paged};
use crate::service::policy_admin;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(create, list)).routes(routes!(version))
}

/// Get the policy in force, its id, and which version comes next
#[utoipa::path(get, path = Operation::PolicyGet.path(), tag = "service",
    responses((status = 200, body = serde_json::Value)))]
async fn get(State(app): State<App>, conditional: Conditional) -> Result<Response, AppError> {
    conditional.content(&app, &policy_admin::in_force(&app, app.clock.now()).await?)
}

/// Set a version of the policy, which holds from an instant on
///
/// Classes to which something was done already keep theirs.
#[utoipa::path(post, path = Operation::PoliciesCreate.path(), tag = "service",
    request_body = SetPolicy, responses((status = 201, body = PolicySet)))]
async fn create(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<SetPolicy>,
) -> Result<Answer, AppError> {
    policy_admin::set(&app, &unit.created(), &caller, &ask, app.clock.now()).await
}

/// List the versions of the policy: by when they hold, newest first
#[utoipa::path(get, path = Operation::PoliciesList.path(), tag = "service",
    params(PageQuery), responses((status = 200, body = Page<PolicyVersion>)))]
async fn list(
    State(app): State<App>,
    Paged(NoFilter {}, paging): Paged<NoFilter>,
) -> Result<Json<Page<PolicyVersion>>, AppError> {
    Ok(Json(policy_admin::list(&app, &paging).await?))
}

/// Get a version of the policy
#[utoipa::path(get, path = Operation::PoliciesGet.path(), tag = "service",
    responses((status = 200, body = PolicyVersion)))]
async fn version(
    State(app): State<App>,
    conditional: Conditional,
    PathId(id): PathId<PolicyId>,
) -> Result<Response, AppError> {
    conditional.content(&app, &policy_admin::get(&app, id).await?)
}
