//! The caller of an endpoint, taken from its token.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use contract::access::Access;
use contract::headers::EDGE_CRON;
use contract::token;

use crate::App;
use crate::auth::token::Verified;
use crate::auth::{Caller, EdgeCron, Settler};
use crate::error::AppError;
use crate::limits::Limits;

/// Authenticates the caller by its token.
///
/// # Errors
/// `unauthenticated` without a valid token; `forbidden` if the token's role may not call (checked before the account, as
/// at the edge, which knows no accounts); `unauthenticated` if the account has another role.
pub(super) async fn authenticate(
    headers: &HeaderMap,
    app: &App,
    access: Access,
) -> Result<(Caller, Verified), AppError> {
    // Text that cannot be read is no `Bearer …` either.
    let header = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let verified = app.auth_cache.verify(&app.keys, token::bearer(header)?)?;
    access.authorize(verified.role)?;
    let caller = app.auth_cache.caller(&app.pool, &verified).await?;
    Ok((caller, verified))
}

/// As an extractor, what the caller's token says.
impl FromRequestParts<App> for Verified {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            AppError::Internal(anyhow::anyhow!("this operation needs a token, and none was checked"))
        })
    }
}

/// The address that a request comes from, as the middleware found it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        let address = parts.extensions.get::<Self>().copied();
        address.ok_or_else(|| AppError::Internal(anyhow::anyhow!("the request has no address")))
    }
}

/// As an extractor, the caller that the middleware authenticated.
impl FromRequestParts<App> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| {
            AppError::Internal(anyhow::anyhow!(
                "this operation needs a caller, and the table says anyone may"
            ))
        })
    }
}

/// Recognizes the edge's cron handler: `x-edge-cron: 1` with the edge's secret and without an `authorization`. Where a
/// request has a token, the token says who calls.
pub(super) fn edge_cron(headers: &HeaderMap, limits: &Limits) -> Option<EdgeCron> {
    let says_so = headers.get(EDGE_CRON).is_some_and(|value| value == "1");
    let is_it = says_so && !headers.contains_key(AUTHORIZATION) && limits.is_from_edge(headers);
    is_it.then_some(EdgeCron)
}

impl FromRequestParts<App> for Settler {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        match parts.extensions.get::<EdgeCron>() {
            Some(EdgeCron) => Ok(Self::EdgeCron),
            None => Caller::from_request_parts(parts, app).await.map(Self::Caller),
        }
    }
}
