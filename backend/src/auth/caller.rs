//! The caller of an endpoint, taken from its token.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use contract::access::Access;
use contract::headers::EDGE_CRON;
use contract::token;
use logic::ids::{AccountId, ProfileId};
use logic::status::Role;
use sqlx::mysql::MySqlPool;

use crate::app::App;
use crate::db::Conn;
use crate::error::AppError;
use crate::limits::Limits;
use crate::service::access;

/// Who calls, and as what. The gate in front of every operation reads the token and asks the table of operations
/// whether the role may; as an extractor this hands on what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// What the account is, and its token says.
    pub role: Role,
}

impl Caller {
    /// Whether this is a member of the staff.
    pub fn is_staff(&self) -> bool {
        self.role == Role::Staff
    }

    /// Checks that the caller may act for `profile`: a member for its own, staff for anyone's.
    ///
    /// # Errors
    /// `not_found` if there is no such profile, or it is another account's: other people's rows do not exist.
    pub async fn require_profile(&self, conn: &mut Conn, profile: ProfileId) -> Result<(), AppError> {
        let owner: Option<i64> = sqlx::query_scalar("SELECT account_id FROM profile WHERE id = ?")
            .bind(profile.0)
            .fetch_optional(conn)
            .await?;
        match owner {
            Some(owner) if self.is_staff() || owner == self.account.0 => Ok(()),
            _ => Err(access::no_profile(profile)),
        }
    }
}

/// The edge's cron handler, which shows the edge's secret in place of a token. It has no account, and may ask for
/// `process-expiry` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeCron;

impl EdgeCron {
    /// Recognizes the cron handler: `x-edge-cron: 1` with the edge's secret and without an `authorization`. Where a
    /// request has a token, the token says who calls.
    pub fn of(headers: &HeaderMap, limits: &Limits) -> Option<Self> {
        let says_so = headers.get(EDGE_CRON).is_some_and(|value| value == "1");
        let is_it = says_so && !headers.contains_key(AUTHORIZATION) && limits.is_from_edge(headers);
        is_it.then_some(Self)
    }
}

/// Who asks for what is overdue to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settler {
    /// Staff or the service, with a token.
    Caller(Caller),
    /// The edge's cron handler.
    EdgeCron,
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

/// Authenticates the caller by its token.
///
/// # Errors
/// `unauthenticated` without a valid token; `forbidden` if the token's role may not call (checked before the account, as
/// at the edge, which knows no accounts); `unauthenticated` if the account has another role.
pub async fn authenticate(headers: &HeaderMap, app: &App, access: Access) -> Result<Caller, AppError> {
    // Text that cannot be read is no `Bearer …` either.
    let header = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let verified = app.known.verify(&app.keys, token::bearer(header)?)?;
    access.authorize(verified.role)?;
    app.known.caller(&app.pool, verified).await
}

/// The role that an account has; `None` if there is no such account.
///
/// # Errors
/// The database does not answer.
pub async fn role_of(pool: &MySqlPool, account: AccountId) -> Result<Option<Role>, sqlx::Error> {
    let word: Option<String> = sqlx::query_scalar("SELECT role FROM account WHERE id = ?")
        .bind(account.0)
        .fetch_optional(pool)
        .await?;
    Ok(word.as_deref().and_then(Role::parse))
}

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
