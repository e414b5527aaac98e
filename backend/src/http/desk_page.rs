//! The desk's page, under `/desk/`: the files that its build has made.

use std::path::Path;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use tower_http::services::ServeDir;
use tower_http::set_header::{SetResponseHeader, SetResponseHeaderLayer};

/// The page runs its own scripts and the rules' WASM, speaks to its own origin, and stands in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The routes of the page in `folder`. The names of the files under `assets/` change with what is in them.
pub fn desk_page(folder: &Path) -> Router {
    let kept = |folder, how| {
        SetResponseHeader::overriding(ServeDir::new(folder), CACHE_CONTROL, HeaderValue::from_static(how))
    };
    Router::new()
        .nest_service("/desk/assets", kept(folder.join("assets"), "public, max-age=31536000, immutable"))
        .nest_service("/desk", kept(folder.to_owned(), "no-cache"))
        .layer(set(CONTENT_SECURITY_POLICY, POLICY))
        .layer(set(REFERRER_POLICY, "no-referrer"))
        .layer(set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
