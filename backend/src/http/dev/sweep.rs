//! `POST /dev/sweep`: every due sweep, to its end.

use axum::Json;
use axum::extract::State;
use logic::api::Swept;

use crate::App;
use crate::error::AppError;
use crate::sweeps;

pub(super) async fn sweep(State(app): State<App>) -> Result<Json<Swept>, AppError> {
    Ok(Json(sweeps::run_all(&app, app.clock.now()).await?))
}
