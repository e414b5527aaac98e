//! `/subscriptions`: consents to messages.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Remaining, Subscriptions};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::ApiJson;
use crate::http::middleware::conditional::Conditional;
use crate::service::subscriptions;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, get))
}

/// Store the result of `wx.requestSubscribeMessage`: one accept allows one message of that template
#[utoipa::path(post, path = Operation::SubscriptionsCreate.path(), tag = "subscriptions",
    request_body = Subscriptions, responses((status = 200, body = Remaining)))]
async fn create(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<Subscriptions>,
) -> Result<Answer, AppError> {
    subscriptions::bank(&app, &unit, &caller, &ask.results).await
}

/// Get how many messages of each template the account's consents still allow
#[utoipa::path(get, path = Operation::SubscriptionsGet.path(), tag = "subscriptions",
    responses((status = 200, body = Remaining)))]
async fn get(State(app): State<App>, caller: Caller, conditional: Conditional) -> Result<Response, AppError> {
    conditional.content(&app, &subscriptions::remaining(&app, &caller).await?)
}
