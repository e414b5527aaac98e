//! Issues and verifies tokens. The edge verifies them too, with the public key alone.

use contract::token::{
    BAD_SIGNATURE, Claims, MAX_ISSUED_SECONDS, MISSING_CLAIMS, UNKNOWN_KEY, UNREADABLE, bad, check,
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

/// Issues a token for `account` in `role` that ends `ttl` seconds from now. Returns it with its end. Tokens age by real
/// time, whatever the service's clock shows.
///
/// # Errors
/// `invalid_request` unless `ttl` is 1 to [`MAX_ISSUED_SECONDS`].
pub fn issue(keys: &Keys, account: AccountId, role: Role, ttl: u32) -> Result<(String, Instant), AppError> {
    if !(1..=MAX_ISSUED_SECONDS).contains(&ttl) {
        return Err(AppError::invalid(format!("a token lives 1 to {MAX_ISSUED_SECONDS} seconds, not {ttl}")));
    }
    let iat = real_now().millis().div_euclid(1000);
    let exp = iat + i64::from(ttl);
    let claims = Claims { sub: account.to_string(), role, iat, exp, jti: uuid::Uuid::new_v4().to_string() };
    let header = Header { kid: Some(keys.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, &claims, &keys.encoding)
        .map_err(|e| AppError::Internal(anyhow::anyhow!("the token cannot be signed: {e}")))?;
    Ok((token, Instant::clamped(exp * 1000)))
}

/// What a valid token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
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
    Ok(Verified { account, role: claims.role, exp: claims.exp })
}
