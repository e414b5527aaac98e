//! `GET /docs`: the document as a page. It is one file that loads nothing but the document, so that it works where
//! nothing else can be reached.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;

const PAGE: &str = include_str!("page.html");

pub(in crate::http) async fn page() -> impl IntoResponse {
    let policy =
        "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)], PAGE)
}
