//! What a token says, and what must hold of it. Its signature is checked by each server's own means.
//!
//! The clocks of two programs may differ by some seconds. The allowance for that is on `iat`, and so on the latest
//! `exp`; a token that has expired is refused at once.

use logic::ids::AccountId;
use logic::status::Role;
use logic::{Code, Instant, Refusal};
use serde::{Deserialize, Serialize};

/// The longest life of a token, in seconds.
pub const MAX_LIFE_SECONDS: u32 = 24 * 60 * 60;
/// How far in the future a token may have been issued, in seconds.
pub const CLOCK_ALLOWANCE_SECONDS: u32 = 60;
/// The longest life of a token that the service issues, in seconds: [`MAX_LIFE_SECONDS`] less the allowance, so that
/// verifiers without an allowance take it too.
pub const MAX_ISSUED_SECONDS: u32 = MAX_LIFE_SECONDS - CLOCK_ALLOWANCE_SECONDS;

/// The life of a page's token, in seconds.
pub const PAGE_LIFE_SECONDS: u32 = 12 * 60 * 60;
/// How long after its login a page's token can be renewed, in seconds.
pub const PAGE_LOGIN_SECONDS: u32 = 7 * 24 * 60 * 60;

/// What a token says (docs/API.md, "Who may").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account's id, as text: RFC 7519 wants a string.
    pub sub: String,
    /// The role of the account.
    pub role: Role,
    /// When the token was issued, in seconds since 1970.
    pub iat: i64,
    /// When the token ends, in seconds since 1970.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
    /// When its bearer logged in, in seconds since 1970, if the token may be renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

/// A token that is refused; `why` completes "the token …".
pub fn bad(why: &str) -> Refusal {
    Refusal::because(Code::Unauthenticated, format!("the token {why}"))
}

/// `why` for a token whose header cannot be read, or names another algorithm.
pub const UNREADABLE: &str = "cannot be read, or is not signed with EdDSA";
/// `why` for a token that no known key signed.
pub const UNKNOWN_KEY: &str = "is signed with another key";
/// `why` for a token whose signature is wrong.
pub const BAD_SIGNATURE: &str = "has a bad signature";
/// `why` for a token that was ended before its time.
pub const REVOKED: &str = "was revoked";
/// `why` for a token without the [`Claims`].
pub const MISSING_CLAIMS: &str = "does not have the claims sub, role, iat, exp, jti";

/// The token in the value of an `authorization` header; `None` stands for a missing header.
///
/// # Errors
/// `unauthenticated`, with what is missing.
pub fn bearer(authorization: Option<&str>) -> Result<&str, Refusal> {
    let refuse = |detail: &str| Refusal::because(Code::Unauthenticated, detail);
    let value = authorization.ok_or_else(|| refuse("send a token: `Authorization: Bearer …`"))?;
    match value.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(refuse("the authorization header is not `Bearer …`")),
    }
}

/// Checks signed claims at `now`, in real time, and returns the account.
///
/// # Errors
/// `unauthenticated` past the end, more than [`CLOCK_ALLOWANCE_SECONDS`] before the issue, for a life longer than
/// [`MAX_LIFE_SECONDS`], or without an account's id.
pub fn check(claims: &Claims, now: Instant) -> Result<AccountId, Refusal> {
    check_expiry(claims.exp, now)?;
    if claims.iat > seconds(now) + i64::from(CLOCK_ALLOWANCE_SECONDS) {
        return Err(bad("was issued in the future"));
    }
    if claims.exp.saturating_sub(claims.iat) > i64::from(MAX_LIFE_SECONDS) {
        return Err(bad("would live for more than a day"));
    }
    let account = claims.sub.parse().ok().filter(|id| *id > 0).ok_or_else(|| bad("names no account"))?;
    Ok(AccountId(account))
}

/// Checks that a token that ends at `exp`, in seconds since 1970, has not ended at `now`.
///
/// # Errors
/// `unauthenticated`.
pub fn check_expiry(exp: i64, now: Instant) -> Result<(), Refusal> {
    if exp <= seconds(now) { Err(bad("has expired")) } else { Ok(()) }
}

fn seconds(now: Instant) -> i64 {
    now.millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn checked(sub: &str, iat: i64, exp: i64) -> Result<AccountId, String> {
        let claims = Claims {
            sub: sub.to_owned(),
            role: Role::Member,
            iat,
            exp,
            jti: "j".to_owned(),
            auth_time: None,
        };
        check(&claims, Instant::clamped(NOW * 1000 + 999)).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_token_is_good_until_its_end_and_for_a_day_at_most() {
        let day = i64::from(MAX_LIFE_SECONDS);
        assert_eq!(checked("7", NOW - 60, NOW + 1), Ok(AccountId(7)));
        assert_eq!(checked("7", NOW, NOW + day), Ok(AccountId(7)));
        let expired = Err("the token has expired".to_owned());
        assert_eq!(checked("7", NOW - 60, NOW), expired);
        let too_long = Err("the token would live for more than a day".to_owned());
        assert_eq!(checked("7", NOW, NOW + day + 1), too_long);
        assert_eq!(checked("7", i64::MIN, i64::MAX), too_long);
        // The issuer's clock may be ahead.
        for ahead in [1, 5, 60] {
            assert_eq!(checked("7", NOW + ahead, NOW + ahead + day), Ok(AccountId(7)), "{ahead}");
        }
        assert_eq!(checked("7", NOW + 61, NOW + 90), Err("the token was issued in the future".to_owned()));
        for sub in ["0", "-1", "seven", ""] {
            assert_eq!(checked(sub, NOW, NOW + 60), Err("the token names no account".to_owned()), "{sub}");
        }
    }

    #[test]
    fn a_token_is_sent_as_bearer() {
        let sent = |value| bearer(value).map_err(|refusal| refusal.to_string());
        assert_eq!(sent(Some("Bearer a.b.c")), Ok("a.b.c"));
        assert_eq!(sent(Some("bearer  a.b.c ")), Ok("a.b.c"));
        let other = Err("the authorization header is not `Bearer …`".to_owned());
        for value in ["Basic abc", "Bearer", "Bearer ", ""] {
            assert_eq!(sent(Some(value)), other, "{value}");
        }
        assert_eq!(sent(None), Err("send a token: `Authorization: Bearer …`".to_owned()));
    }
}
