//! `POST /dev/sweep`: every due sweep, to its end.

use axum::Json;
use axum::extract::State;

use crate::App;
use crate::error::AppError;
use crate::sweeps::{self, Counts};

pub(super) async fn sweep(State(app): State<App>) -> Result<Json<Counts>, AppError> {
    Ok(Json(sweeps::run_all(&app).await?))
}
