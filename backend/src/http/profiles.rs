//! `/profiles`: the children and adults of an account.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::shapes::{Page, Profile};
use logic::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{NoFilter, PageQuery, Paged};
use crate::paging::Cursor;
use crate::service::profiles;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List the profiles that the account may act for
#[utoipa::path(get, path = Operation::ProfilesList.path(), tag = "service",
    params(PageQuery), responses((status = 200, body = Page<Profile>)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(NoFilter {}, paging): Paged<NoFilter>,
) -> Result<Response, AppError> {
    let after = paging.cursor.map_or(0, |cursor| cursor.id);
    let mut items = profiles::page(&app.pool, caller.account, after, paging.fetch()).await?;
    // In order of id: all at one instant.
    let next_cursor = paging.next(&mut items, |profile| Cursor::at(Instant::clamped(0), profile.id.0));
    conditional.content(&app, &Page { items, next_cursor })
}
