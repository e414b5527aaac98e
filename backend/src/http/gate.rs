//! In front of every operation: who calls, may they, not too often, and only once per idempotency key.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use logic::Code;

use super::idempotency::{self, Key};
use super::operations::{Kind, Operation, Who, find};
use super::problem::Problem;
use crate::App;
use crate::auth::{Caller, EdgeCron, authenticate};

/// What the edge's cron handler may ask for.
const CRON_PATH: &str = "/api/v1/waitlist/process-expiry";

/// The layer around the contract's routes.
pub(super) async fn gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(operation) = find(request.method(), path) else {
        // A method that the path does not take: the router says so. A route that the table leaves out is a fault
        // of ours; it has no caller then, and fails closed.
        return next.run(request).await;
    };
    let address = app.limits.address(request.headers(), peer(&request));
    let caller = match admit(&app, operation, address, request.headers()).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    match caller {
        Some(Admitted::Caller(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Some(Admitted::EdgeCron(cron)) => {
            request.extensions_mut().insert(cron);
        }
        None => {}
    }
    if operation.kind != Kind::Write {
        return next.run(request).await;
    }
    match (Key::of(request.headers()), caller) {
        (Err(malformed), _) => malformed.into_response(),
        (Ok(Some(key)), Some(Admitted::Caller(caller))) => {
            idempotency::once(&app, caller.account, &key, request, next).await
        }
        (Ok(_), _) => next.run(request).await,
    }
}

/// A caller that may use the operation.
#[derive(Clone, Copy)]
enum Admitted {
    /// By its token.
    Caller(Caller),
    /// By the edge's secret. Without an account it has no idempotency keys and no rate of its own.
    EdgeCron(EdgeCron),
}

/// Who calls, if the operation asks for that, and nothing stands against it.
async fn admit(
    app: &App,
    operation: &Operation,
    address: IpAddr,
    headers: &HeaderMap,
) -> Result<Option<Admitted>, Response> {
    match operation.kind {
        Kind::Read => Ok(()),
        Kind::Write => app.limits.address_write(address),
        Kind::Login => app.limits.login(address),
    }
    .map_err(too_many)?;
    if operation.who == Who::Anyone {
        return Ok(None);
    }
    if operation.path == CRON_PATH
        && let Some(cron) = EdgeCron::of(headers, &app.limits)
    {
        return Ok(Some(Admitted::EdgeCron(cron)));
    }
    let caller = authenticate(headers, app, operation.who).await.map_err(IntoResponse::into_response)?;
    if operation.kind == Kind::Write {
        app.limits.account_write(caller.account).map_err(too_many)?;
    }
    Ok(Some(Admitted::Caller(caller)))
}

fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    Problem::new(Code::RateLimited, format!("too many requests: ask again in {seconds} s"))
        .retry_after(u64::try_from(seconds).unwrap_or(u64::MAX))
        .head()
}

/// The other end of the connection.
fn peer(request: &Request) -> IpAddr {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}
