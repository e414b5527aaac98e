//! `/healthz`: whether the worker and its origin are alive.

use crate::config::Config;
use crate::origin::{self, OriginRequest};
use crate::reply::Reply;
use contract::operation::HEALTH_PATH;
use contract::problem::Problem;
use contract::{body, status};
use serde_json::json;

/// 200 whatever the origin does: `{"status": "ok", "origin": "ok" | "away"}`. The origin is asked each time: isolates
/// come and go, so what one of them remembers means little.
///
/// # Errors
/// `internal` when the answer has no JSON form.
pub(crate) async fn reply(config: &Config, request_id: &str) -> Result<Reply, Problem> {
    let headers = vec![("accept", body::MEDIA_TYPE.to_owned())];
    let origin = match config.origin() {
        Ok(origin) => {
            let request = OriginRequest {
                origin,
                method: "GET",
                path_and_query: HEALTH_PATH,
                headers: &headers,
                body: vec![],
                timeout_ms: config.origin_timeout_ms,
                request_id,
            };
            let fetched = origin::fetch(request).await;
            if fetched.is_ok_and(|fetched| fetched.status == status::OK) { "ok" } else { "away" }
        }
        Err(_) => "away",
    };
    Ok(Reply::json(&json!({ "status": "ok", "origin": origin }))?.no_store())
}
