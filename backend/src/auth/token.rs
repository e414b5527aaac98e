//! Issues and verifies tokens. The edge verifies them too, with the public key alone.

use std::sync::Arc;

use contract::token::{
    BAD_SIGNATURE, Claims, MAX_ISSUED_SECONDS, MISSING_CLAIMS, PAGE_LIFE_SECONDS, PAGE_LOGIN_SECONDS,
    REVOKED, UNKNOWN_KEY, UNREADABLE, bad, check, check_expiry,
};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use logic::Instant;
use logic::ids::AccountId;
use logic::status::Role;

use super::Keys;
use crate::clock::real_now;
use crate::error::AppError;
use crate::store::TokenFacts;

/// Issues a token for `account` in `role` that ends `ttl` seconds from now. Returns it with its end. Tokens age by real
/// time, whatever the service's clock shows.
///
/// # Errors
/// `invalid_request` unless `ttl` is 1 to [`MAX_ISSUED_SECONDS`].
pub fn issue(keys: &Keys, account: AccountId, role: Role, ttl: u32) -> Result<(String, Instant), AppError> {
    issue_as(keys, account, role, ttl, &uuid::Uuid::new_v4().to_string())
}

/// [`issue`], with an id that the caller chose.
pub fn issue_as(
    keys: &Keys,
    account: AccountId,
    role: Role,
    ttl: u32,
    jti: &str,
) -> Result<(String, Instant), AppError> {
    if !(1..=MAX_ISSUED_SECONDS).contains(&ttl) {
        return Err(AppError::invalid(format!("a token lives 1 to {MAX_ISSUED_SECONDS} seconds, not {ttl}")));
    }
    let iat = seconds_now();
    let exp = iat + i64::from(ttl);
    sign(keys, &Claims { sub: account.to_string(), role, iat, exp, jti: jti.to_owned(), auth_time: None })
}

/// The login of a page.
#[derive(Clone, Debug)]
pub struct PageLogin {
    /// The id of its tokens. All have one, so that logging out ends every one of them.
    pub jti: String,
    /// When it logged in, in seconds since 1970.
    pub auth_time: i64,
}

impl PageLogin {
    /// A login of now.
    pub fn begin() -> Self {
        Self { jti: uuid::Uuid::new_v4().to_string(), auth_time: seconds_now() }
    }
}

/// Issues a token for a page: it lives for [`PAGE_LIFE_SECONDS`], at most until [`PAGE_LOGIN_SECONDS`] after the login.
///
/// # Errors
/// `conflict` after that.
pub fn issue_for_page(
    keys: &Keys,
    account: AccountId,
    role: Role,
    login: &PageLogin,
) -> Result<(String, Instant), AppError> {
    let iat = seconds_now();
    let exp = (iat + i64::from(PAGE_LIFE_SECONDS)).min(login.auth_time + i64::from(PAGE_LOGIN_SECONDS));
    if exp <= iat {
        return Err(AppError::conflict("this login is a week old: log in again"));
    }
    let auth_time = Some(login.auth_time);
    sign(keys, &Claims { sub: account.to_string(), role, iat, exp, jti: login.jti.clone(), auth_time })
}

fn seconds_now() -> i64 {
    real_now().millis().div_euclid(1000)
}

fn sign(keys: &Keys, claims: &Claims) -> Result<(String, Instant), AppError> {
    let header = Header { kid: Some(keys.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, claims, &keys.encoding)
        .map_err(|e| AppError::Internal(anyhow::anyhow!("the token cannot be signed: {e}")))?;
    Ok((token, Instant::clamped(claims.exp * 1000)))
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// Its own id.
    pub jti: Arc<str>,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// When it expires, in seconds since 1970.
    exp: i64,
    /// When its bearer logged in, if it may be renewed.
    auth_time: Option<i64>,
}

impl Verified {
    /// The login that the token is of, if it may be renewed.
    pub fn page_login(&self) -> Option<PageLogin> {
        self.auth_time.map(|auth_time| PageLogin { jti: self.jti.to_string(), auth_time })
    }

    /// Checks that the token has not expired since it was verified.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn still_good(&self) -> Result<(), AppError> {
        Ok(check_expiry(self.exp, real_now())?)
    }

    /// Checks the token against what the database knows about it.
    ///
    /// # Errors
    /// `unauthenticated` if the account has another role, or the token was revoked.
    pub fn still_granted(&self, facts: Option<&TokenFacts>) -> Result<(), AppError> {
        let Some(facts) = facts.filter(|facts| facts.role == self.role) else {
            return Err(AppError::unauthenticated(format!("the token's account is no {}", self.role)));
        };
        let too_old = facts.tokens_valid_from.is_some_and(|from| self.iat * 1000 < from.millis());
        if facts.revoked || too_old { Err(bad(REVOKED).into()) } else { Ok(()) }
    }
}

/// Verifies a token's signature and claims.
///
/// # Errors
/// `unauthenticated`, with the reason.
pub fn verify(keys: &Keys, token: &str) -> Result<Verified, AppError> {
    let header = jsonwebtoken::decode_header(token)
        .ok()
        .filter(|header| header.alg == Algorithm::EdDSA)
        .ok_or_else(|| bad(UNREADABLE))?;
    let key = keys.accepted(header.kid.as_deref()).ok_or_else(|| bad(UNKNOWN_KEY))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    // The claims are checked below, as the edge checks them.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                bad(MISSING_CLAIMS)
            }
            _ => bad(BAD_SIGNATURE),
        })?
        .claims;
    let account = check(&claims, real_now())?;
    let Claims { role, iat, exp, jti, auth_time, .. } = claims;
    Ok(Verified { account, role, jti: jti.into(), iat, exp, auth_time })
}
