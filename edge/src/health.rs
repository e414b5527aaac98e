//! `/healthz`: the worker is alive, and whether its origin is.

use crate::answer::Answer;
use crate::config::Config;
use crate::forward::{self, Onward};
use crate::problem::Problem;
use serde_json::json;

/// 200 whatever the origin does: `{"status": "ok", "origin": "ok" | "away"}`. The origin is asked each time: isolates
/// come and go, and what one of them remembers would say little.
///
/// # Errors
/// `internal` when the answer has no JSON form.
pub(crate) async fn answer(config: &Config, request_id: &str) -> Result<Answer, Problem> {
    let headers = vec![("accept", "application/json".to_owned())];
    let origin = match config.origin() {
        Ok(origin) => {
            let onward = Onward {
                origin,
                method: "GET",
                path_and_query: "/healthz",
                headers: &headers,
                body: vec![],
                timeout_ms: config.origin_timeout_ms,
                request_id,
            };
            let asked = forward::answered(onward).await;
            if asked.is_ok_and(|reply| reply.status == 200) { "ok" } else { "away" }
        }
        Err(_) => "away",
    };
    Ok(Answer::json(&json!({ "status": "ok", "origin": origin }))?.never_kept())
}
