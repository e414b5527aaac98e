//! The platform's clock: a backstop that settles what nobody touched (ARCHITECTURE, "An offer expires").

use crate::config::Config;
use crate::forward::{self, Onward};
use crate::keys;
use worker::{Env, console_error, console_log};

const PATH: &str = "/api/v1/waitlist/process-expiry";

/// Asks the origin once to settle what is overdue. Says in the log what came of it; the next minute is the retry.
pub(crate) async fn run(env: &Env) {
    let config = Config::of(env);
    let Some(token) = &config.service_token else {
        console_log!("cron: the secret SERVICE_TOKEN is unset, so {PATH} is not called");
        return;
    };
    let Ok(origin) = config.origin() else { return };
    let request_id = keys::new_uuid();
    let headers = vec![
        ("authorization", format!("Bearer {token}")),
        ("content-type", "application/json".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    let onward = Onward {
        origin,
        method: "POST",
        path_and_query: PATH,
        headers: &headers,
        body: b"{}".to_vec(),
        timeout_ms: config.origin_timeout_ms,
        request_id: &request_id,
    };
    match forward::ask(onward).await {
        Ok(mut answer) => {
            let status = answer.status_code();
            let text = answer.text().await.unwrap_or_default();
            if status == 200 {
                console_log!("cron: request {request_id}: {text}");
            } else {
                console_error!("cron: request {request_id}: the origin refused with {status}: {text}");
            }
        }
        Err(fault) => console_error!("cron: request {request_id}: the origin did not answer: {fault}"),
    }
}
