//! `/messages`: everything that was said to a family.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Messages, ReadMessages, Unread};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::ApiJson;
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged, ProfileFilter};
use crate::service::access::Scope;
use crate::service::inbox;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(my)).routes(routes!(read))
}

/// List everything that was said to the account's family, newest first
///
/// Staff who name a profile see what its family was told, without when it was read.
#[utoipa::path(get, path = Operation::MessagesMy.path(), tag = "messages",
    params(ProfileFilter, PageQuery), responses((status = 200, body = Messages)))]
async fn my(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<ProfileFilter>,
) -> Result<Response, AppError> {
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    conditional.content(&app, &inbox::my(&app, &caller, &scope, &paging).await?)
}

/// Mark a message and every older one of the account as read
#[utoipa::path(put, path = Operation::MessagesRead.path(), tag = "messages",
    request_body = ReadMessages, responses((status = 200, body = Unread)))]
async fn read(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<ReadMessages>,
) -> Result<Answer, AppError> {
    inbox::read(&app, &unit, &caller, ask.up_to, app.clock.now()).await
}
