//! Checks in front of every operation: the caller's token and role, and rate limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::Operation;
use contract::access::Access;
use contract::operation::Kind;
use contract::problem::Problem;
use logic::Code;

use super::idempotency::key_of;
use super::problems::respond;
use super::writes;
use crate::App;
use crate::auth::token::Verified;
use crate::auth::{Caller, EdgeCron};
use crate::http::caller::{ClientAddress, authenticate, edge_cron};

/// The layer around the routes of the API.
pub(in crate::http) async fn authorize(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) else {
        // No route: 404.
        return next.run(request).await;
    };
    let Some(operation) = Operation::find(request.method().as_str(), path) else {
        return respond(not_in_the_table(request.method().as_str(), path));
    };
    if (operation.access() != Access::Anyone || operation.kind() != Kind::Read)
        && let Err(unavailable) = app.vitals.check()
    {
        return unavailable.into_response();
    }
    let address = app.limits.address(request.headers(), peer(&request));
    let caller = match admit(&app, operation, address, request.headers()).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    request.extensions_mut().insert(operation);
    request.extensions_mut().insert(ClientAddress(address));
    let mut known = None;
    match caller {
        Some(Admitted::Caller(caller, verified)) => {
            known = Some(caller);
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(verified);
        }
        Some(Admitted::EdgeCron(cron)) => {
            request.extensions_mut().insert(cron);
        }
        None => {}
    }
    if operation.kind() == Kind::Read {
        return next.run(request).await;
    }
    let key = if operation.kind() == Kind::Write { key_of(request.headers()) } else { Ok(None) };
    match key {
        Ok(key) => {
            let key = key.filter(|_| operation.keeps_its_answer());
            writes::run(&app, known.zip(key), operation, request, next).await
        }
        Err(malformed) => malformed.into_response(),
    }
}

/// The problem of a routed path without an operation for the method. A route that is missing from the table has
/// no rule about its callers, so every call of it fails.
fn not_in_the_table(method: &str, path: &str) -> Problem {
    match Operation::allowed_at(path) {
        Some(allow) => Problem::method_not_allowed(allow),
        None => {
            tracing::error!(method, path, "this route is not in the table of operations");
            Problem::from(Code::Internal)
        }
    }
}

/// A caller that may call the operation.
enum Admitted {
    /// By its token.
    Caller(Caller, Verified),
    /// By the edge's secret. Without an account it has no idempotency keys and no rate limit of its own.
    EdgeCron(EdgeCron),
}

/// Applies the rate limits and authenticates the caller. Returns `None` where anyone may call.
async fn admit(
    app: &App,
    operation: Operation,
    address: IpAddr,
    headers: &HeaderMap,
) -> Result<Option<Admitted>, Response> {
    match operation.kind() {
        Kind::Read => Ok(()),
        Kind::Write => app.limits.address_write(address),
        Kind::Login => app.limits.login(address),
    }
    .map_err(too_many)?;
    if operation.access() == Access::Anyone {
        return Ok(None);
    }
    if operation == Operation::WaitlistProcessExpiry
        && let Some(cron) = edge_cron(headers, &app.limits)
    {
        return Ok(Some(Admitted::EdgeCron(cron)));
    }
    let (caller, verified) =
        authenticate(headers, app, operation.access()).await.map_err(IntoResponse::into_response)?;
    if operation.kind() == Kind::Write {
        app.limits.account_write(caller.account).map_err(too_many)?;
    }
    Ok(Some(Admitted::Caller(caller, verified)))
}

fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    respond(Problem::rate_limited(u64::try_from(seconds).unwrap_or(u64::MAX)))
}

/// The address at the other end of the connection.
fn peer(request: &Request) -> IpAddr {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_is_not_in_the_table_fails_closed() {
        assert_eq!(not_in_the_table("GET", "/api/v1/forgotten").code, Code::Internal);
        let problem = not_in_the_table("PATCH", "/api/v1/waitlist/{id}");
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.headers(), [("allow", "GET,HEAD,DELETE".to_owned())]);
    }
}
