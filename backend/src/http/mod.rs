//! The HTTP contract: one file per endpoint, `<resource>/<verb>.rs`.

pub mod envelope;
pub mod extract;
pub mod list;
pub mod openapi;
pub mod operations;

mod client_version;
mod conditional;
mod gate;
mod idempotency;
mod problem;

mod auth;
mod bookings;
mod compensation;
mod dev;
mod makeup;
mod notifications;
mod ops;
mod policy;
mod profiles;
mod rules;
mod sessions;
mod subscriptions;
mod time;
mod waitlist;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::response::Response;
use contract::body::BODY_LIMIT;
use logic::Code;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use problem::Problem;

/// Everything that the service answers, as `axum::serve` takes it: with the address of each connection.
pub fn service(app: App) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    router(app).into_make_service_with_connect_info()
}

/// The contract, under `/api/v1`: what every service answers.
fn contract() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(auth::routes())
        .merge(time::routes())
        .merge(policy::routes())
        .merge(openapi::routes())
        .merge(profiles::routes())
        .merge(rules::routes())
        .merge(sessions::routes())
        .merge(bookings::routes())
        .merge(subscriptions::routes())
        .merge(waitlist::routes())
        .merge(notifications::routes())
        .merge(makeup::routes())
        .merge(compensation::routes())
}

/// Everything that the service answers.
fn router(app: App) -> Router {
    let mut api = contract();
    if app.clock.as_dev().is_some() {
        api = api.merge(dev::routes());
    }
    let api = Router::from(api).layer(axum::middleware::from_fn_with_state(app.clone(), gate::gate));
    framed(Router::new().nest("/api/v1", api).merge(ops::routes())).with_state(app)
}

/// What holds for every path, known or not.
fn framed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(unknown_path)
        .layer(axum::middleware::from_fn(client_version::refuse_old))
        // The limit's own layer reads the length that was announced; the default of the extractors is one of
        // theirs, larger.
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn(envelope::envelope))
}

async fn unknown_path() -> Response {
    Problem::new(Code::NotFound, "there is nothing at this path").head()
}

/// A bug of ours: the caller gets a 500, the log the message, and the service goes on.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    tracing::error!(message, "handler panicked");
    Problem::new(Code::Internal, Code::Internal.title()).head()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn boom() -> &'static str {
        panic!("a secret")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_says_nothing_of_it() {
        let routes = framed(Router::new().route("/boom", get(boom)));
        let request =
            Request::builder().uri("/boom").header("x-request-id", "r1").body(Body::empty()).unwrap();
        let response = routes.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
        assert_eq!((&body["code"], &body["request_id"]), (&"internal".into(), &"r1".into()));
        assert!(!body.to_string().contains("secret"));
    }
}
