//! Tokens: issued and verified here; the edge verifies them too, with the public key alone.

use contract::token::Claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use logic::Instant;
use logic::ids::AccountId;
use logic::status::Role;

use super::Keys;
use crate::clock::real_now;
use crate::error::AppError;

/// The longest that a token may live, in seconds.
pub const MAX_TTL: u32 = 24 * 60 * 60;

/// A token for `account` in `role` that ends `ttl` seconds from now, and when that is. Tokens age by real time,
/// whatever the service's clock says.
///
/// # Errors
/// `invalid_request` unless `ttl` is 1 to [`MAX_TTL`].
pub fn issue(keys: &Keys, account: AccountId, role: Role, ttl: u32) -> Result<(String, Instant), AppError> {
    if !(1..=MAX_TTL).contains(&ttl) {
        return Err(AppError::invalid(format!("a token lives 1 to {MAX_TTL} seconds, not {ttl}")));
    }
    let iat = real_now().millis().div_euclid(1000);
    let exp = iat + i64::from(ttl);
    let claims = Claims { sub: account.to_string(), role, iat, exp, jti: uuid::Uuid::new_v4().to_string() };
    let header = Header { kid: Some(keys.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, &claims, &keys.encoding)
        .map_err(|e| AppError::Internal(anyhow::anyhow!("the token cannot be signed: {e}")))?;
    Ok((token, Instant::clamped(exp * 1000)))
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The account.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// When it ends, in seconds since 1970.
    exp: i64,
}

impl Verified {
    /// Whether the token, once good, has not ended since.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn still_good(&self) -> Result<(), AppError> {
        // `exp` now is the end: a token of n seconds lives n seconds.
        if self.exp <= real_now().millis().div_euclid(1000) { Err(bad("has expired")) } else { Ok(()) }
    }
}

fn bad(why: &str) -> AppError {
    AppError::unauthenticated(format!("the token {why}"))
}

/// Who a token speaks for, if it is whole, ours, and of today.
///
/// # Errors
/// `unauthenticated`, with why.
pub fn verify(keys: &Keys, token: &str) -> Result<Verified, AppError> {
    let header = jsonwebtoken::decode_header(token)
        .ok()
        .filter(|header| header.alg == Algorithm::EdDSA)
        .ok_or_else(|| bad("cannot be read, or is not signed with EdDSA"))?;
    let key = keys.counting(header.kid.as_deref()).ok_or_else(|| bad("is signed with another key"))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.leeway = 0;
    validation.set_required_spec_claims(&["exp", "sub"]);
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map_err(|e| match e.kind() {
            ErrorKind::ExpiredSignature => bad("has expired"),
            ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                bad("does not have the claims sub, role, iat, exp, jti")
            }
            _ => bad("has a bad signature"),
        })?
        .claims;
    // No signer made one for longer than a day.
    let now = real_now().millis().div_euclid(1000);
    if claims.exp.saturating_sub(claims.iat) > i64::from(MAX_TTL) || claims.exp - now > i64::from(MAX_TTL) {
        return Err(bad("would live for more than a day"));
    }
    let account = claims.sub.parse().ok().filter(|id| *id > 0).ok_or_else(|| bad("names no account"))?;
    let verified = Verified { account: AccountId(account), role: claims.role, exp: claims.exp };
    verified.still_good().map(|()| verified)
}
