//! `DELETE /makeup/{id}/cancel`: gives the seat back, and the credit that came with it.

use axum::Json;
use axum::extract::State;
use logic::api::Makeup;
use logic::ids::MakeupId;

use crate::App;
use crate::auth::Caller;
use crate::domain::makeup;
use crate::error::AppError;
use crate::http::extract::PathId;

pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MakeupId>,
) -> Result<Json<Makeup>, AppError> {
    Ok(Json(makeup::cancel(&app, &caller, id, app.clock.now()).await?))
}
