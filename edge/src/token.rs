//! What a token must look like and say (API, "Who may"); whether its signature holds is for `keys`.

use crate::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logic::api::Claims;
use logic::status::Role;
use logic::{Code, Instant};
use serde::Deserialize;

/// A token lives 24 hours at most.
const MAX_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// Length of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// Whose token a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anyone, with or without a token.
    Public,
    /// Members and staff.
    Members,
    /// Staff.
    Staff,
    /// Staff and the service.
    StaffOrService,
}

/// A token taken apart, its signature not yet checked: nothing in it may be believed.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// Which key signed it.
    pub(crate) key_id: Option<String>,
    /// What was signed.
    pub(crate) signed: &'a str,
    /// The signature.
    pub(crate) signature: Vec<u8>,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// Takes apart the value of an `authorization` header.
///
/// # Errors
/// `unauthenticated`, saying what is missing or malformed.
pub(crate) fn parse(authorization: Option<&str>) -> Result<Parts<'_>, Problem> {
    let value = authorization
        .ok_or_else(|| Problem::new(Code::Unauthenticated, "send a token: `Authorization: Bearer …`"))?;
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(bad("the authorization header is not `Bearer …`")),
    };
    let mut pieces = token.rsplitn(2, '.');
    let (signature, signed) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let (header, payload) = signed.split_once('.').ok_or_else(|| bad("the token cannot be read"))?;
    let header: Header = decode_json(header).ok_or_else(|| bad("the token cannot be read"))?;
    if header.alg != "EdDSA" {
        return Err(bad("the token is not signed with EdDSA"));
    }
    Ok(Parts {
        key_id: header.kid,
        signed,
        signature: decode(signature)
            .filter(|bytes| bytes.len() == SIGNATURE_BYTES)
            .ok_or_else(|| bad("the token has a bad signature"))?,
        claims: decode_json(payload)
            .ok_or_else(|| bad("the token does not have the claims sub, role, iat, exp, jti"))?,
    })
}

impl Parts<'_> {
    /// The claims, once the signature is known to be good. Tokens age by real time.
    ///
    /// # Errors
    /// `unauthenticated` past the end, or for a life longer than 24 hours.
    pub(crate) fn into_claims(self, now: Instant) -> Result<Claims, Problem> {
        let life = self.claims.exp.checked_sub(self.claims.iat);
        if life.is_none_or(|seconds| seconds > MAX_LIFE_SECONDS) {
            return Err(bad("the token would live for more than a day"));
        }
        if self.claims.exp <= now.millis().div_euclid(1000) {
            return Err(bad("the token has expired"));
        }
        Ok(self.claims)
    }
}

/// Whether `role` may use a path.
///
/// # Errors
/// `forbidden`.
pub(crate) fn check_role(who: Who, role: Role) -> Result<(), Problem> {
    match (who, role) {
        (Who::Public, _)
        | (Who::Members, Role::Member | Role::Staff)
        | (Who::Staff, Role::Staff)
        | (Who::StaffOrService, Role::Staff | Role::Service) => Ok(()),
        (_, Role::Service) => Err(Problem::new(
            Code::Forbidden,
            "the service role may call POST /waitlist/process-expiry alone",
        )),
        (Who::StaffOrService, Role::Member) => {
            Err(Problem::new(Code::Forbidden, "only staff and the service may do this"))
        }
        (_, Role::Member) => Err(Problem::new(Code::Forbidden, "only staff may do this")),
    }
}

/// A token that is no good.
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

    fn judged(iat: i64, exp: i64) -> Result<Claims, Problem> {
        let value = token(r#"{"alg":"EdDSA","kid":"k"}"#, &claims(iat, exp));
        parse(Some(&value)).unwrap().into_claims(Instant::clamped(NOW * 1000 + 999))
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
        let good = claims(NOW, NOW);
        let cases = [
            "Basic abc".to_owned(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer a.b".to_owned(),
            "Bearer a.b.c.d".to_owned(),
            token(r#"{"alg":"none","kid":"k"}"#, &good),
            token(r#"{"alg":"HS256","kid":"k"}"#, &good),
            token(r#"{"alg":"EdDSA","kid":"k"}"#, &good.replace("member", "owner")),
            token(r#"{"alg":"EdDSA","kid":"k"}"#, &good.replace("\"jti\":\"j\"", "\"x\":1")),
            token(r#"{"alg":"EdDSA","kid":"k"}"#, &good) + "=",
            token(r#"{"alg":"EdDSA","kid":"k"}"#, &good).trim_end_matches('A').to_owned(),
        ];
        for case in &cases {
            let problem = parse(Some(case)).unwrap_err();
            assert_eq!(problem.code, Code::Unauthenticated, "{case}");
            assert_eq!(problem.headers, [("www-authenticate", "Bearer".to_owned())], "{case}");
        }
        assert_eq!(parse(None).unwrap_err().headers, [("www-authenticate", "Bearer".to_owned())]);
    }

    #[test]
    fn each_role_has_its_paths() {
        let may = |who, role| check_role(who, role).is_ok();
        for role in [Role::Member, Role::Staff, Role::Service] {
            assert!(may(Who::Public, role));
            assert_eq!(may(Who::Members, role), role != Role::Service);
            assert_eq!(may(Who::Staff, role), role == Role::Staff);
            assert_eq!(may(Who::StaffOrService, role), role != Role::Member);
        }
    }
}
