//! `POST /dev/sweep`: every due sweep, to its end.

use axum::Json;
use axum::extract::State;

use crate::App;
use crate::error::AppError;
use crate::http::extract::NoBody;
use crate::sweeps::{self, Counts};

/// Run every due sweep to its end
#[utoipa::path(post, path = "/dev/sweep", operation_id = "dev_sweep", tag = "dev",
    responses((status = 200, body = Counts)))]
pub(super) async fn sweep(State(app): State<App>, _: NoBody) -> Result<Json<Counts>, AppError> {
    Ok(Json(sweeps::run_all(&app).await?))
}
