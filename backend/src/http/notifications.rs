//! `/notifications`: the messages to members.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Notification, Page};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged, ProfileFilter};
use crate::service::access::Scope;
use crate::service::{notifications, versions};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(my))
}

/// List the account's messages, newest first
#[utoipa::path(get, path = Operation::NotificationsMy.path(), tag = "waitlist",
    params(ProfileFilter, PageQuery), responses((status = 200, body = Page<Notification>)))]
async fn my(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<ProfileFilter>,
) -> Result<Response, AppError> {
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::notifications(&app, &scope, app.clock.now()).await?;
    conditional.versioned(&app, &caller, &version, notifications::my(&app, &scope, &paging)).await
}
