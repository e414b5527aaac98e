//! `/people`: whom the front desk looks for.

use axum::Json;
use axum::extract::State;
use contract::Operation;
use contract::shapes::People;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::error::AppError;
use crate::http::extract::ApiQuery;
use crate::service::people;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PeopleQuery {
    /// How a name begins, in any case, or the digits of a phone, with 86 or without; 1 to 50 characters
    #[param(min_length = 1, max_length = 50)]
    q: String,
}

/// Find children by name or phone, with their guardians
#[utoipa::path(get, path = Operation::PeopleList.path(), tag = "people",
    params(PeopleQuery), responses((status = 200, body = People)))]
async fn find(
    State(app): State<App>,
    ApiQuery(PeopleQuery { q }): ApiQuery<PeopleQuery>,
) -> Result<Json<People>, AppError> {
    Ok(Json(people::find(&app, &q).await?))
}
