//! `/audit`: the record of what the people who work at the gym did.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use contract::shapes::{AuditEntry, Page};
use contract::{Operation, date};
use logic::ids::{AccountId, ProfileId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::page::{PageQuery, Paged};
use crate::service::audit::{self, Wanted};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// What it was done to, exactly: `booking/7`
    subject: Option<String>,
    /// Who did it; 0 is the command line
    #[param(value_type = Option<i64>)]
    account: Option<AccountId>,
    /// The child that it was about
    #[param(value_type = Option<i64>)]
    profile: Option<ProfileId>,
    /// The first day, of the gym
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// The last day, of the gym
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
}

/// Read the record, newest first
#[utoipa::path(get, path = Operation::AuditList.path(), tag = "people",
    params(AuditQuery, PageQuery), responses((status = 200, body = Page<AuditEntry>)))]
async fn list(
    State(app): State<App>,
    Paged(query, paging): Paged<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, AppError> {
    let AuditQuery { subject, account, profile, from, to } = query;
    let wanted = Wanted { subject: subject.as_deref(), account, profile, from, to };
    Ok(Json(audit::list(&app, &wanted, &paging).await?))
}
