//! `GET /healthz`: the process is alive.

use axum::Json;
use serde_json::{Value, json};

pub(super) async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
