//! `GET /policy`: the numbers in force.

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::App;

/// The numbers in force
#[utoipa::path(get, path = "/policy", operation_id = "policy_get", tag = "service",
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> Response {
    let body = app.policy.to_json().to_string();
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..12]));
    if matches(&headers, &etag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response();
    }
    ([(ETAG, etag), (CONTENT_TYPE, "application/json".to_owned())], body).into_response()
}

/// Whether `if-none-match` names `etag`, weakly compared (RFC 9110).
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|given| given == "*" || given.trim_start_matches("W/") == etag)
}
