//! `/makeup`: makeup classes.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::shapes::{BookMakeup, Makeup, MakeupOption, Makeups, Owed, Page};
use contract::{Operation, date};
use logic::ids::{BookingId, MakeupId, ProfileId};
use logic::status::MakeupStatus;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, NoBody, PathId};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged, ProfileFilter};
use crate::service::access::Scope;
use crate::service::makeup::{self, Range};
use crate::service::versions;
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(available))
        .routes(routes!(book))
        .routes(routes!(cancel))
        .routes(routes!(my))
        .routes(routes!(owed))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AvailableQuery {
    profile_id: ProfileId,
    original_booking_id: BookingId,
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
}

/// List the classes that can make up for a missed one, including full ones that can be waited for
#[utoipa::path(get, path = Operation::MakeupAvailable.path(), tag = "makeup",
    params(AvailableQuery, PageQuery), responses((status = 200, body = Page<MakeupOption>)))]
async fn available(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<AvailableQuery>,
) -> Result<Response, AppError> {
    let range = Range {
        profile: query.profile_id,
        original: query.original_booking_id,
        from: query.from,
        to: query.to,
        list: paging,
    };
    let page = makeup::available(&app, &caller, &range, app.clock.now()).await?;
    conditional.content(&app, &page)
}

/// Book a free seat to make up a missed class
#[utoipa::path(post, path = Operation::MakeupBook.path(), tag = "makeup",
    request_body = BookMakeup, responses((status = 201, body = Makeup)))]
async fn book(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<BookMakeup>,
) -> Result<Answer, AppError> {
    makeup::book(&app, &unit.created(), &caller, &ask, app.clock.now()).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MyQuery {
    profile_id: Option<ProfileId>,
    status: Option<MakeupStatus>,
}

/// List the account's makeups, newest first
#[utoipa::path(get, path = Operation::MakeupMy.path(), tag = "makeup",
    params(MyQuery, PageQuery), responses((status = 200, body = Makeups)))]
async fn my(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<MyQuery>,
) -> Result<Response, AppError> {
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::makeups(&app, &scope).await?;
    conditional.versioned(&app, &caller, &version, makeup::my(&app, &scope, query.status, &paging)).await
}

/// List the missed bookings still to be made up
#[utoipa::path(get, path = Operation::MakeupOwed.path(), tag = "makeup",
    params(ProfileFilter, PageQuery), responses((status = 200, body = Page<Owed>)))]
async fn owed(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<ProfileFilter>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::owed(&app, &scope, now).await?;
    conditional.versioned(&app, &caller, &version, makeup::owed(&app, &scope, &paging, now)).await
}

/// Cancel a makeup: the seat and its credit are given back
#[utoipa::path(delete, path = Operation::MakeupCancel.path(), tag = "makeup",
    responses((status = 200, body = Makeup)))]
async fn cancel(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<MakeupId>,
    _: NoBody,
) -> Result<Answer, AppError> {
    makeup::cancel(&app, &unit, &caller, id, app.clock.now()).await
}
