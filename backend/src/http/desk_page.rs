//! The desk's page, under `/desk/`: the files that its build has made.

use std::path::Path;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// The page runs its own scripts and the rules' WASM, speaks to its own origin, and stands in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The routes of the page in `folder`. The names of the files under `assets/` change with what is in them.
pub fn desk_page(folder: &Path) -> Router {
    let assets = ServeDir::new(folder.join("assets"));
    Router::new()
        .nest_service("/desk/assets", layer(CACHE_CONTROL, "public, max-age=31536000, immutable", assets))
        .nest_service("/desk", layer(CACHE_CONTROL, "no-cache", ServeDir::new(folder)))
        .layer(set(CONTENT_SECURITY_POLICY, POLICY))
        .layer(set(REFERRER_POLICY, "no-referrer"))
        .layer(set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn layer<S>(
    name: HeaderName,
    value: &'static str,
    files: S,
) -> tower_http::set_header::SetResponseHeader<S, HeaderValue> {
    tower::Layer::layer(&set(name, value), files)
}
