//! `/bookings`: booking, cancelling, leave and attendance.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::shapes::{Attend, Book, Booking, LeaveAsk, MakeupRightAsk, Page};
use contract::{Operation, date};
use logic::ids::{BookingId, ProfileId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::extract::{ApiJson, NoBody, OptionalJson, PathId};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{PageQuery, Paged};
use crate::service::access::Scope;
use crate::service::{bookings, goodwill, versions};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(my))
        .routes(routes!(cancel))
        .routes(routes!(leave))
        .routes(routes!(attendance))
        .routes(routes!(makeup_right))
}

/// Book a free seat
///
/// Staff may book late, until the class ends, with a reason.
#[utoipa::path(post, path = Operation::BookingsCreate.path(), tag = "bookings",
    request_body = Book, responses((status = 201, body = Booking)))]
async fn create(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<Book>,
) -> Result<Answer, AppError> {
    bookings::book(&app, &unit.created(), &caller, &ask, app.clock.now()).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MyQuery {
    /// Left out: all profiles of the account.
    profile_id: Option<ProfileId>,
    /// Only classes on this date or later; left out: all.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
}

/// List the account's bookings, the latest class first
#[utoipa::path(get, path = Operation::BookingsMy.path(), tag = "bookings",
    params(MyQuery, PageQuery), responses((status = 200, body = Page<Booking>)))]
async fn my(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<MyQuery>,
) -> Result<Response, AppError> {
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::bookings(&app, &scope, app.clock.now()).await?;
    conditional.versioned(&app, &caller, &version, bookings::my(&app, &scope, query.from, &paging)).await
}

/// Cancel a booking; the seat goes to the queue first
#[utoipa::path(delete, path = Operation::BookingsCancel.path(), tag = "bookings",
    responses((status = 200, body = Booking)))]
async fn cancel(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    _: NoBody,
) -> Result<Answer, AppError> {
    bookings::cancel(&app, &unit, &caller, id, app.clock.now()).await
}

/// Take leave in time, which earns the right to a makeup; the seat goes to the queue first
///
/// Staff may waive the lead, with a reason.
#[utoipa::path(post, path = Operation::BookingsLeave.path(), tag = "bookings",
    request_body = LeaveAsk, responses((status = 200, body = Booking)))]
async fn leave(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    OptionalJson(ask): OptionalJson<LeaveAsk>,
) -> Result<Answer, AppError> {
    bookings::leave(&app, &unit, &caller, id, &ask, app.clock.now()).await
}

/// Record whether a member attended; recording it again corrects it
#[utoipa::path(post, path = Operation::BookingsAttendance.path(), tag = "bookings",
    request_body = Attend, responses((status = 200, body = Booking)))]
async fn attendance(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    ApiJson(ask): ApiJson<Attend>,
) -> Result<Answer, AppError> {
    bookings::attend(&app, &unit, &caller, id, ask.status, app.clock.now()).await
}

/// Say until when a booking can be made up, also one that gave no right
///
/// Its family is told. The end is never earlier than it was.
#[utoipa::path(put, path = Operation::BookingsMakeupRight.path(), tag = "bookings",
    request_body = MakeupRightAsk, responses((status = 200, body = Booking)))]
async fn makeup_right(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<BookingId>,
    ApiJson(ask): ApiJson<MakeupRightAsk>,
) -> Result<Answer, AppError> {
    goodwill::give_right(&app, &unit, &caller, id, &ask, app.clock.now()).await
}
