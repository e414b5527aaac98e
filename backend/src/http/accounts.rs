//! `/accounts`: the people who work at the gym, and their roles.

use axum::Json;
use axum::extract::State;
use contract::Operation;
use contract::shapes::{Account, Page, SetRole};
use logic::Instant;
use logic::ids::AccountId;
use logic::status::Role;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, PathId};
use crate::http::page::{PageQuery, Paged};
use crate::paging::Cursor;
use crate::service::accounts;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(role))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AccountsQuery {
    /// The account's number, or how its name begins; 1 to 50 characters
    #[param(min_length = 1, max_length = 50)]
    q: Option<String>,
    /// Only accounts with this role
    role: Option<Role>,
}

/// List accounts, in the order of their numbers
#[utoipa::path(get, path = Operation::AccountsList.path(), tag = "people",
    params(AccountsQuery, PageQuery), responses((status = 200, body = Page<Account>)))]
async fn list(
    State(app): State<App>,
    Paged(query, paging): Paged<AccountsQuery>,
) -> Result<Json<Page<Account>>, AppError> {
    let mut items = accounts::list(&app, query.q.as_deref(), query.role, &paging).await?;
    let next_cursor = paging.next(&mut items, |row| Cursor::at(Instant::clamped(0), row.account_id.0));
    Ok(Json(Page { items, next_cursor }))
}

/// Give an account a role
///
/// What it may do changes with its next request; its tokens end, and it logs in again.
#[utoipa::path(put, path = Operation::AccountsRole.path(), tag = "people",
    request_body = SetRole, responses((status = 200, body = Account)))]
async fn role(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<AccountId>,
    ApiJson(ask): ApiJson<SetRole>,
) -> Result<Answer, AppError> {
    accounts::set_role(&app, &unit, &caller, id, &ask, app.clock.now()).await
}
