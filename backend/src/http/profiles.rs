//! `/profiles`: the children and adults of an account, their guardians, and what the gym knows of them.

use axum::extract::State;
use axum::response::Response;
use contract::Operation;
use contract::client_address::network;
use contract::shapes::{
    ClaimChild, ClaimCode, Guardian, Page, Profile, ProfileAsk, StaffProfile, TellGuardian,
};
use logic::Instant;
use logic::ids::{AccountId, ProfileId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::http::caller::ClientAddress;
use crate::http::extract::{ApiJson, NoBody, PathId, PathIds};
use crate::http::middleware::conditional::Conditional;
use crate::http::page::{NoFilter, PageQuery, Paged};
use crate::paging::Cursor;
use crate::service::{guardians, people, profiles};
use crate::unit::{Answer, Unit};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update))
        .routes(routes!(claim))
        .routes(routes!(claim_code))
        .routes(routes!(list_guardians))
        .routes(routes!(tell, remove))
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

/// Write down a child, which is nobody's until a family claims it
#[utoipa::path(post, path = Operation::ProfilesCreate.path(), tag = "people",
    request_body = ProfileAsk, responses((status = 201, body = StaffProfile)))]
async fn create(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ApiJson(ask): ApiJson<ProfileAsk>,
) -> Result<Answer, AppError> {
    people::create(&app, &unit.created(), &caller, &ask, app.clock.now()).await
}

/// Write all that the gym knows of a child; what is left out is empty
#[utoipa::path(put, path = Operation::ProfilesUpdate.path(), tag = "people",
    request_body = ProfileAsk, responses((status = 200, body = StaffProfile)))]
async fn update(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(id): PathId<ProfileId>,
    ApiJson(ask): ApiJson<ProfileAsk>,
) -> Result<Answer, AppError> {
    people::update(&app, &unit, &caller, id, &ask, app.clock.now()).await
}

/// Become a guardian of a child by its code
#[utoipa::path(post, path = Operation::ProfilesClaim.path(), tag = "service",
    request_body = ClaimChild, responses((status = 200, body = Profile)))]
async fn claim(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    ApiJson(ClaimChild { code }): ApiJson<ClaimChild>,
) -> Result<Answer, AppError> {
    let from = network(address).to_string();
    guardians::claim(&app, &unit, &app.keys, (&caller, &from), &code, app.clock.now()).await
}

/// Make a code by which another guardian claims the child
///
/// The code before it is void. For staff and the first guardian.
#[utoipa::path(post, path = Operation::ProfilesClaimCode.path(), tag = "service",
    responses((status = 200, body = ClaimCode)))]
async fn claim_code(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathId(profile): PathId<ProfileId>,
    NoBody: NoBody,
) -> Result<Answer, AppError> {
    guardians::claim_code(&app, &unit, &app.keys, &caller, profile, app.clock.now()).await
}

/// List the guardians of a child
#[utoipa::path(get, path = Operation::ProfilesGuardians.path(), tag = "service",
    params(PageQuery), responses((status = 200, body = Page<Guardian>)))]
async fn list_guardians(
    State(app): State<App>,
    caller: Caller,
    conditional: Conditional,
    PathId(profile): PathId<ProfileId>,
    Paged(NoFilter {}, paging): Paged<NoFilter>,
) -> Result<Response, AppError> {
    conditional.content(&app, &guardians::list(&app, &caller, profile, &paging).await?)
}

/// Say whether a guardian is told
///
/// For the guardian itself and staff.
#[utoipa::path(put, path = Operation::ProfilesGuardianTold.path(), tag = "service",
    request_body = TellGuardian, responses((status = 200, body = Guardian)))]
async fn tell(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathIds(profile, account): PathIds<ProfileId, AccountId>,
    ApiJson(TellGuardian { told }): ApiJson<TellGuardian>,
) -> Result<Answer, AppError> {
    guardians::set_told(&app, &unit, &caller, (profile, account), told, app.clock.now()).await
}

/// Take a guardian away
///
/// For staff, the first guardian, and the guardian itself; never the last one.
#[utoipa::path(delete, path = Operation::ProfilesGuardianRemove.path(), tag = "service",
    responses((status = 200, body = Guardian)))]
async fn remove(
    State(app): State<App>,
    unit: Unit,
    caller: Caller,
    PathIds(profile, account): PathIds<ProfileId, AccountId>,
    NoBody: NoBody,
) -> Result<Answer, AppError> {
    guardians::remove(&app, &unit, &caller, (profile, account), app.clock.now()).await
}
