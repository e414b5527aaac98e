//! `DELETE /makeup/{id}/cancel`: gives the seat back, and the credit that came with it.

use axum::Json;
use axum::extract::State;
use contract::shapes::Makeup;
use logic::ids::MakeupId;

use crate::App;
use crate::auth::Caller;
use crate::domain::makeup;
use crate::error::AppError;
use crate::http::extract::{NoBody, PathId};

/// Give the seat back, and the credit that came with it
#[utoipa::path(delete, path = "/makeup/{id}/cancel", operation_id = "makeup_cancel", tag = "makeup",
    responses((status = 200, body = Makeup)))]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MakeupId>,
    _: NoBody,
) -> Result<Json<Makeup>, AppError> {
    Ok(Json(makeup::cancel(&app, &caller, id, app.clock.now()).await?))
}
