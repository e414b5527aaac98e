//! `/waitlist`: the queue of a full class.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use contract::shapes::{
    DeadlineCheck, Entry, EntryNotifications, Join, NotifyAsk, NotifyResults, Page, Position, ProcessExpiry,
    Respond, Responded, Swept,
};
use contract::{Operation, date};
use logic::ids::{ProfileId, ScheduleId, WaitlistId};
use logic::status::EntryStatus;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::{Caller, Settler};
use crate::error::AppError;
use crate::http::extract::{ApiJson, ApiQuery, NoBody, PathId};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{NoFilter, PageQuery, Paged};
use crate::service::access::Scope;
use crate::service::waitlist::{self, MyFilter};
use crate::service::{notifications, notify, queue_sweep, session_admin, versions};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(join))
        .routes(routes!(my))
        .routes(routes!(notify))
        .routes(routes!(deadline_check))
        .routes(routes!(process_expiry))
        .routes(routes!(position))
        .routes(routes!(get, leave))
        .routes(routes!(notifications))
        .routes(routes!(respond))
}

/// Join the waitlist of a full class
#[utoipa::path(post, path = Operation::WaitlistJoin.path(), tag = "waitlist",
    request_body = Join, responses((status = 201, body = Entry)))]
async fn join(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<Join>,
) -> Result<Answer, AppError> {
    waitlist::join(&app.waitlist, &unit.created(), &caller, &ask, app.clock.now()).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MyQuery {
    profile_id: Option<ProfileId>,
    status: Option<EntryStatus>,
}

/// List the account's entries, newest first
#[utoipa::path(get, path = Operation::WaitlistMy.path(), tag = "waitlist",
    params(MyQuery, PageQuery), responses((status = 200, body = Page<Entry>)))]
async fn my(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    Paged(query, paging): Paged<MyQuery>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let scope = Scope::of(&app, &caller, query.profile_id).await?;
    let version = versions::entries(&app, &scope, now).await?;
    let filter = MyFilter { scope, status: query.status, list: paging };
    conditional.versioned(&app, &caller, &version, waitlist::my(&app.waitlist, &filter, now)).await
}

/// Offer seats to a class's queue in order, or to given entries
///
/// Never more than the free seats. An entry that cannot be offered a seat has a result with the reason.
#[utoipa::path(post, path = Operation::WaitlistNotify.path(), tag = "waitlist",
    request_body = NotifyAsk, responses((status = 200, body = NotifyResults)))]
async fn notify(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<NotifyAsk>,
) -> Result<Answer, AppError> {
    notify::notify(&app, &unit, &caller, &ask, app.clock.now()).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeadlineCheckQuery {
    course_schedule_id: ScheduleId,
    #[serde(deserialize_with = "date::deserialize")]
    booking_date: NaiveDate,
}

/// Settle what is overdue in a class, and get its deadlines
#[utoipa::path(get, path = Operation::WaitlistDeadlineCheck.path(), tag = "waitlist",
    params(DeadlineCheckQuery), responses((status = 200, body = DeadlineCheck)))]
async fn deadline_check(
    State(app): State<App>,
    _caller: Caller,
    ApiQuery(query): ApiQuery<DeadlineCheckQuery>,
) -> Result<Json<DeadlineCheck>, AppError> {
    let (schedule, date) = (query.course_schedule_id, query.booking_date);
    Ok(Json(session_admin::deadline_check(&app, schedule, date, app.clock.now()).await?))
}

/// How many offers are processed if the caller sets no limit.
const DEFAULT_LIMIT: u32 = 1000;

/// Settle what is overdue in every class
#[utoipa::path(post, path = Operation::WaitlistProcessExpiry.path(), tag = "waitlist",
    request_body = ProcessExpiry, responses((status = 200, body = Swept)))]
async fn process_expiry(
    State(app): State<App>,
    unit: Unit,
    settler: Settler,
    ApiJson(ask): ApiJson<ProcessExpiry>,
) -> Result<Answer, AppError> {
    let limit = ask.limit.unwrap_or(DEFAULT_LIMIT);
    queue_sweep::process_for(&app, &unit, settler, limit, app.clock.now()).await
}

/// Get an entry's live rank, chance and expected wait
#[utoipa::path(get, path = Operation::WaitlistPosition.path(), tag = "waitlist",
    responses((status = 200, body = Position)))]
async fn position(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathId(id): PathId<WaitlistId>,
) -> Result<Response, AppError> {
    let now = app.clock.now();
    let position = waitlist::position(&app.waitlist, &caller, id, now).await?;
    let counts_as = Position { as_of: versions::position_time(&app, now), ..position };
    conditional.content_as(&app, &position, &counts_as)
}

/// Get an entry
#[utoipa::path(get, path = Operation::WaitlistGet.path(), tag = "waitlist",
    responses((status = 200, body = Entry)))]
async fn get(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathId(id): PathId<WaitlistId>,
) -> Result<Response, AppError> {
    let entry = waitlist::get(&app.waitlist, &caller, id, app.clock.now()).await?;
    conditional.content(&app, &entry)
}

/// Leave the waitlist
#[utoipa::path(delete, path = Operation::WaitlistLeave.path(), tag = "waitlist",
    responses((status = 200, body = Entry)))]
async fn leave(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
    _: NoBody,
) -> Result<Answer, AppError> {
    waitlist::leave(&app.waitlist, &unit, &caller, id, app.clock.now()).await
}

/// List the messages about an entry, newest first
#[utoipa::path(get, path = Operation::WaitlistNotifications.path(), tag = "waitlist",
    params(PageQuery), responses((status = 200, body = EntryNotifications)))]
async fn notifications(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathId(id): PathId<WaitlistId>,
    Paged(NoFilter {}, paging): Paged<NoFilter>,
) -> Result<Response, AppError> {
    let version = versions::of_entry(&app, &caller, id, app.clock.now()).await?;
    conditional.versioned(&app, &caller, &version, notifications::of_entry(&app, id, &paging)).await
}

/// Take the offered seat, or give it up
#[utoipa::path(put, path = Operation::WaitlistRespond.path(), tag = "waitlist",
    request_body = Respond, responses((status = 200, body = Responded)))]
async fn respond(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<WaitlistId>,
    ApiJson(ask): ApiJson<Respond>,
) -> Result<Answer, AppError> {
    waitlist::respond(&app.waitlist, &unit, &caller, id, ask.action, app.clock.now()).await
}
