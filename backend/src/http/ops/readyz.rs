//! `GET /readyz`: the database answers and has this program's schema.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::App;
use crate::db;
use crate::error::AppError;

pub(super) async fn readyz(State(app): State<App>) -> Result<Json<Value>, AppError> {
    match db::missing_migrations(&app.pool).await {
        Ok(0) => Ok(Json(json!({ "status": "ready" }))),
        Ok(missing) => Err(AppError::Unavailable(format!("{missing} migrations are missing"))),
        Err(e) => Err(AppError::Unavailable(format!("the database does not answer: {e}"))),
    }
}
