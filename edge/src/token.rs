//! The form of a token (API, "Who may"); `keys` verifies its signature, [`contract::token`] its claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::token::{Claims, MISSING_CLAIMS, UNREADABLE, bad};
use logic::Refusal;
use serde::Deserialize;

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

/// Splits a token into its parts.
///
/// # Errors
/// `unauthenticated`, saying what is malformed.
pub(crate) fn parse(token: &str) -> Result<Parts<'_>, Refusal> {
    let mut pieces = token.rsplitn(2, '.');
    let (signature, signed) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let (header, payload) = signed
        .split_once('.')
        .and_then(|(header, payload)| Some((decode_json::<Header>(header)?, payload)))
        .filter(|(header, _)| header.alg == "EdDSA")
        .ok_or_else(|| bad(UNREADABLE))?;
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
    pub(crate) fn claims(&self) -> Result<Claims, Refusal> {
        decode_json(self.payload).ok_or_else(|| bad(MISSING_CLAIMS))
    }
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
    use contract::token::bearer;
    use logic::Code;

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

    fn judge(authorization: &str) -> Result<Claims, Refusal> {
        parse(bearer(Some(authorization))?)?.claims()
    }

    #[test]
    fn a_token_without_form_or_claims_is_refused() {
        assert_eq!(judge(&token(r#"{"alg":"EdDSA"}"#, &claims(NOW, NOW + 60))).unwrap().sub, "7");
        let header = r#"{"alg":"EdDSA","kid":"k"}"#;
        let good = claims(NOW, NOW + 60);
        let claimed = |from: &str, to: &str| token(header, &good.replace(from, to));
        for (case, detail) in [
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
            (claimed("member", "king"), "the token does not have the claims sub, role, iat, exp, jti"),
            (
                claimed("\"jti\":\"j\"", "\"x\":1"),
                "the token does not have the claims sub, role, iat, exp, jti",
            ),
        ] {
            let refusal = judge(&case).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.to_string().as_str()),
                (Code::Unauthenticated, detail),
                "{case}"
            );
        }
    }
}
