//! The API over HTTP: one file a resource, with its handlers, their parameters and their part of the OpenAPI document.

pub mod openapi;

mod caller;
mod extract;
mod middleware;
mod page;

mod accounts;
mod audit;
mod auth;
mod bookings;
mod compensation;
mod desk;
mod desk_page;
mod dev;
mod makeup;
mod messages;
mod notifications;
mod ops;
mod people;
mod policy;
mod profiles;
mod rules;
mod sessions;
mod subscriptions;
mod time;
mod waitlist;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use contract::body::BODY_LIMIT;
use contract::problem::Problem;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::limits::Limits;
use crate::unit::Timers;
pub use desk_page::desk_page;
use middleware::problems::{panicked, respond};
use middleware::{authorize, client_version, edge_only, response};

/// All routes.
pub fn service(app: App) -> Router {
    router(app, ops::routes().merge(ops::metrics_route()))
}

/// All routes but `/metrics`, which [`admin`] has.
pub fn service_without_metrics(app: App) -> Router {
    router(app, ops::routes())
}

/// The routes of the operators' own listener: `/healthz`, `/readyz`, `/metrics`.
pub fn admin(app: App) -> Router {
    let ops = ops::health_routes().merge(ops::metrics_route());
    layered(ops, Arc::default(), app.timers).with_state(app)
}

/// The API but for `/dev`.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(auth::routes())
        .merge(accounts::routes())
        .merge(people::routes())
        .merge(audit::routes())
        .merge(time::routes())
        .merge(policy::routes())
        .merge(openapi::routes())
        .merge(profiles::routes())
        .merge(rules::routes())
        .merge(sessions::routes())
        .merge(bookings::routes())
        .merge(desk::routes())
        .merge(subscriptions::routes())
        .merge(waitlist::routes())
        .merge(notifications::routes())
        .merge(messages::routes())
        .merge(makeup::routes())
        .merge(compensation::routes())
}

fn router(app: App, ops: Router<App>) -> Router {
    let mut api = api();
    if app.clock.as_dev().is_some() {
        api = api.merge(dev::routes());
    }
    let api = Router::from(api).layer(from_fn_with_state(app.clone(), authorize::authorize));
    layered(api.merge(ops), app.limits.clone(), app.timers).with_state(app)
}

/// Adds the layers around every path, known or not.
fn layered<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    limits: Arc<Limits>,
    timers: Timers,
) -> Router<S> {
    routes
        .fallback(unknown_path)
        .layer(from_fn(client_version::refuse_old))
        .layer(from_fn_with_state(limits, edge_only::refuse_strangers))
        // The extractors' own limit is larger; the layer below also refuses by the announced length.
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(timers, response::complete))
}

async fn unknown_path() -> Response {
    respond(Problem::nothing_here())
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use contract::Operation;
    use contract::operation::Kind;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn boom() -> &'static str {
        panic!("a secret")
    }

    #[tokio::test]
    async fn a_panic_is_answered_500_without_its_message() {
        let routes = layered(Router::new().route("/boom", get(boom)), Arc::default(), Timers::default());
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
    /// The middleware refuses the success of a write without an answer of its unit; this says it before any request does.
    #[test]
    fn every_write_of_the_table_is_handled_as_a_unit() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http")).unwrap();
        let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let sources: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        for operation in Operation::ALL {
            let path = format!("path = Operation::{operation:?}.path()");
            let (_, handler) =
                sources.split_once(&path).unwrap_or_else(|| panic!("{operation:?} has a handler"));
            let (signature, _) = handler.split_once(" {\n").unwrap();
            let is_unit =
                signature.contains("    unit: Unit,") && signature.ends_with("-> Result<Answer, AppError>");
            assert_eq!(is_unit, operation.kind() != Kind::Read, "{operation:?}: {signature}");
        }
    }
}
