//! The form and the claims of a token (API, "Who may"); `keys` verifies its signature.

use crate::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::token::Claims;
use logic::{Code, Instant};
use serde::Deserialize;

/// A token lives 24 hours at most.
const MAX_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// The parts of a token. Its signature is not verified yet: nothing in it may be trusted.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// Which key signed it.
    pub(crate) key_id: Option<String>,
    /// The signed text.
    pub(crate) signed: &'a str,
    /// The signature.
    pub(crate) signature: Vec<u8>,
    payload: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// The token in the value of an `authorization` header.
///
/// # Errors
/// `unauthenticated`, saying what is missing.
pub(crate) fn bearer(authorization: Option<&str>) -> Result<&str, Problem> {
    let value = authorization
        .ok_or_else(|| Problem::new(Code::Unauthenticated, "send a token: `Authorization: Bearer …`"))?;
    match value.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(bad("the authorization header is not `Bearer …`")),
    }
}

/// Splits a token into its parts.
///
/// # Errors
/// `unauthenticated`, saying what is malformed.
pub(crate) fn parse(token: &str) -> Result<Parts<'_>, Problem> {
    let mut pieces = token.rsplitn(2, '.');
    let (signature, signed) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let (header, payload) = signed
        .split_once('.')
        .and_then(|(header, payload)| Some((decode_json::<Header>(header)?, payload)))
        .filter(|(header, _)| header.alg == "EdDSA")
        .ok_or_else(|| bad("the token cannot be read, or is not signed with EdDSA"))?;
    Ok(Parts {
        key_id: header.kid,
        signed,
        // Malformed base64 is treated as a bad signature.
        signature: decode(signature).unwrap_or_default(),
        payload,
    })
}

impl Parts<'_> {
    /// The claims. Call it once the signature is verified.
    ///
    /// # Errors
    /// `unauthenticated` for malformed claims.
    pub(crate) fn claims(&self) -> Result<Claims, Problem> {
        decode_json(self.payload)
            .ok_or_else(|| bad("the token does not have the claims sub, role, iat, exp, jti"))
    }
}

/// Refuses verified claims that are not valid at `now`. Tokens age by real time.
///
/// # Errors
/// `unauthenticated` past `exp`, for a life longer than 24 hours, or without an account.
pub(crate) fn check(claims: &Claims, now: Instant) -> Result<(), Problem> {
    let now = now.millis().div_euclid(1000);
    if claims.exp <= now {
        return Err(bad("the token has expired"));
    }
    if claims.exp.saturating_sub(claims.iat).max(claims.exp - now) > MAX_LIFE_SECONDS {
        return Err(bad("the token would live for more than a day"));
    }
    if !claims.sub.parse::<i64>().is_ok_and(|account| account > 0) {
        return Err(bad("the token names no account"));
    }
    Ok(())
}

/// The problem with a token.
pub(crate) fn bad(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn decode_json<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::status::Role;

    const NOW: i64 = 1_800_000_000;

    fn token(header: &str, claims: &str) -> String {
        format!(
            "Bearer {}.{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims),
            "A".repeat(86)
        )
    }

    fn claims(iat: i64, exp: i64) -> String {
        format!(r#"{{"sub":"7","role":"member","iat":{iat},"exp":{exp},"jti":"j"}}"#)
    }

    fn judge(authorization: Option<&str>, now: Instant) -> Result<Claims, Problem> {
        let claims = parse(bearer(authorization)?)?.claims()?;
        check(&claims, now).map(|()| claims)
    }

    fn judged(iat: i64, exp: i64) -> Result<Claims, Problem> {
        let value = token(r#"{"alg":"EdDSA","kid":"k"}"#, &claims(iat, exp));
        judge(Some(&value), Instant::clamped(NOW * 1000 + 999))
    }

    #[test]
    fn a_token_is_good_until_its_end_and_for_a_day_at_most() {
        assert_eq!(judged(NOW - 60, NOW + 1).unwrap().sub, "7");
        assert_eq!(judged(NOW, NOW + MAX_LIFE_SECONDS).unwrap().role, Role::Member);
        assert!(judged(NOW - 60, NOW).is_err());
        assert!(judged(NOW, NOW + MAX_LIFE_SECONDS + 1).is_err());
        assert!(judged(i64::MIN, i64::MAX).is_err());
    }

    #[test]
    fn anything_else_is_no_token() {
        let header = r#"{"alg":"EdDSA","kid":"k"}"#;
        let good = claims(NOW, NOW + 60);
        let claimed = |from: &str, to: &str| token(header, &good.replace(from, to));
        for (case, detail) in [
            ("Basic abc".to_owned(), "the authorization header is not `Bearer …`"),
            ("Bearer".to_owned(), "the authorization header is not `Bearer …`"),
            ("Bearer ".to_owned(), "the authorization header is not `Bearer …`"),
            ("Bearer a.b".to_owned(), "the token cannot be read, or is not signed with EdDSA"),
            ("Bearer a.b.c.d".to_owned(), "the token cannot be read, or is not signed with EdDSA"),
            (
                token(r#"{"alg":"none","kid":"k"}"#, &good),
                "the token cannot be read, or is not signed with EdDSA",
            ),
            (
                token(r#"{"alg":"HS256","kid":"k"}"#, &good),
                "the token cannot be read, or is not signed with EdDSA",
            ),
            (claimed("member", "owner"), "the token does not have the claims sub, role, iat, exp, jti"),
            (
                claimed("\"jti\":\"j\"", "\"x\":1"),
                "the token does not have the claims sub, role, iat, exp, jti",
            ),
            (claimed("\"7\"", "\"0\""), "the token names no account"),
            (claimed("\"7\"", "\"seven\""), "the token names no account"),
        ] {
            let now = Instant::clamped(NOW * 1000);
            let problem = judge(Some(&case), now).unwrap_err();
            assert_eq!((problem.code, problem.detail.as_str()), (Code::Unauthenticated, detail), "{case}");
            assert_eq!(problem.headers, [("www-authenticate", "Bearer".to_owned())], "{case}");
        }
        assert_eq!(bearer(None).unwrap_err().headers, [("www-authenticate", "Bearer".to_owned())]);
    }
}
