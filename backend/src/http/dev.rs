//! `/dev`: the clock, the sweep and the recorded messages of `gym serve --dev-clock`. Without that flag these paths do not
//! exist.

use axum::Json;
use axum::extract::State;
use contract::Operation;
use contract::shapes::{Page, Time};
use logic::{Code, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::extract::{ApiJson, NoBody};
use crate::http::page::{PageQuery, Paged};
use crate::paging::Cursor;
use crate::service::sweep_runner::Counts;
use crate::store;
use crate::sweeps;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(clock))
        .routes(routes!(advance))
        .routes(routes!(messages))
        .routes(routes!(sweep))
}

/// Set the clock to a later instant
#[utoipa::path(put, path = Operation::DevClockSet.path(), tag = "dev",
    request_body = Time, responses((status = 200, body = Time)))]
async fn clock(State(app): State<App>, ApiJson(Time { now }): ApiJson<Time>) -> Result<Json<Time>, AppError> {
    let clock = app.clock.as_dev().ok_or(Code::NotFound)?;
    Ok(Json(Time { now: clock.set(now).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// 0 or more.
    #[schema(maximum = 4_294_967_295_u32)]
    seconds: u32,
}

/// Advance the clock
#[utoipa::path(post, path = Operation::DevClockAdvance.path(), tag = "dev",
    request_body = Advance, responses((status = 200, body = Time)))]
async fn advance(
    State(app): State<App>,
    ApiJson(Advance { seconds }): ApiJson<Advance>,
) -> Result<Json<Time>, AppError> {
    let clock = app.clock.as_dev().ok_or(Code::NotFound)?;
    Ok(Json(Time { now: clock.advance(seconds).await? }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MessagesQuery {
    /// Only the messages to this account.
    openid: Option<String>,
}

/// A message that the recorder took.
#[derive(Serialize, ToSchema)]
struct RecordedMessage {
    openid: String,
    template: String,
    page: String,
    data: Value,
    at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    waitlist_id: Option<i64>,
    #[serde(skip)]
    id: i64,
}

/// List the recorded messages, oldest first
#[utoipa::path(get, path = Operation::DevMessages.path(), tag = "dev",
    params(MessagesQuery, PageQuery), responses((status = 200, body = Page<RecordedMessage>)))]
async fn messages(
    State(app): State<App>,
    Paged(query, paging): Paged<MessagesQuery>,
) -> Result<Json<Page<RecordedMessage>>, AppError> {
    let rows = store::outbox_list(&app.pool, query.openid.as_deref(), &paging).await?;
    let mut items: Vec<RecordedMessage> = rows
        .into_iter()
        .map(|row| RecordedMessage {
            openid: row.openid,
            template: row.template,
            page: row.page,
            data: row.data,
            at: row.created_at,
            waitlist_id: row.waitlist_id.map(|id| id.0),
            id: row.id,
        })
        .collect();
    let next_cursor = paging.next(&mut items, |message| Cursor::at(message.at, message.id));
    Ok(Json(Page { items, next_cursor }))
}

/// Run every due sweep to its end
#[utoipa::path(post, path = Operation::DevSweep.path(), tag = "dev",
    responses((status = 200, body = Counts)))]
async fn sweep(State(app): State<App>, _: NoBody) -> Result<Json<Counts>, AppError> {
    Ok(Json(sweeps::run_all(&app).await?))
}
