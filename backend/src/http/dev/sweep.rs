//! `POST /dev/sweep`: every due sweep, to its end.

use axum::Json;
use axum::extract::State;
use logic::api::Swept;

use crate::App;
use crate::error::AppError;
use crate::sweeps;

/// Run every due sweep to its end
#[utoipa::path(post, path = "/dev/sweep", operation_id = "dev_sweep", tag = "dev",
    responses((status = 200, body = Swept)))]
pub(super) async fn sweep(State(app): State<App>) -> Result<Json<Swept>, AppError> {
    Ok(Json(sweeps::run_all(&app, app.clock.now()).await?))
}
