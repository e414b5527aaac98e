//! `GET /dev/messages`: what the recorder took, oldest first. In dev without WeChat every message counts as taken
//! when the transaction that wrote it commits, so this is the outbox.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use contract::shapes::Page;
use logic::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json as JsonColumn;
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiQuery;
use crate::http::list::{Cursor, ListQuery};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    limit: Option<u32>,
    cursor: Option<String>,
    /// Only this account's.
    openid: Option<String>,
}

/// A message that the recorder took.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
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

type Row = (i64, String, String, String, JsonColumn<Value>, DateTime<Utc>, Option<i64>);

/// What the recorder took, oldest first
#[utoipa::path(get, path = "/dev/messages", operation_id = "dev_messages", tag = "dev",
    params(Query), responses((status = 200, body = Page<Message>)))]
pub(super) async fn list(
    State(app): State<App>,
    ApiQuery(query): ApiQuery<Query>,
) -> Result<Json<Page<Message>>, AppError> {
    let list = ListQuery::read(query.limit, query.cursor.as_deref())?;
    let after = list.cursor.unwrap_or(Cursor::at(Instant::clamped(0), 0));
    let after_at = DateTime::<Utc>::from(after.at);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, openid, template, page, data, created_at, waitlist_id FROM outbox \
         WHERE (created_at > ? OR (created_at = ? AND id > ?)) AND (? IS NULL OR openid = ?) \
         ORDER BY created_at, id LIMIT ?",
    )
    .bind(after_at)
    .bind(after_at)
    .bind(after.id)
    .bind(&query.openid)
    .bind(&query.openid)
    .bind(list.fetch())
    .fetch_all(&app.pool)
    .await?;
    let mut items: Vec<Message> = rows
        .into_iter()
        .map(|(id, openid, template, page, data, at, waitlist_id)| Message {
            openid,
            template,
            page,
            data: data.0,
            at: at.into(),
            waitlist_id,
            id,
        })
        .collect();
    let next_cursor = list.next(&mut items, |message| Cursor::at(message.at, message.id));
    Ok(Json(Page { items, next_cursor }))
}
