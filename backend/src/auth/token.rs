//! Issues and verifies tokens. The edge verifies them too, with the public key alone.

use std::sync::Arc;

use contract::token::{
    BAD_SIGNATURE, Claims, MAX_ISSUED_SECONDS, MISSING_CLAIMS, REVOKED, UNKNOWN_KEY, UNREADABLE, bad, check,
    check_expiry,
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
    let iat = real_now().millis().div_euclid(1000);
    let exp = iat + i64::from(ttl);
    let claims = Claims { sub: account.to_string(), role, iat, exp, jti: jti.to_owned() };
    let header = Header { kid: Some(keys.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, &claims, &keys.encoding)
        .map_err(|e| AppError::Internal(anyhow::anyhow!("the token cannot be signed: {e}")))?;
    Ok((token, Instant::clamped(exp * 1000)))
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
}

impl Verified {
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
    Ok(Verified { account, role: claims.role, jti: claims.jti.into(), iat: claims.iat, exp: claims.exp })
}
