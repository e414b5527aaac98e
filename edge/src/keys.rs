//! Signatures of tokens, verified by WebCrypto with the public keys alone.

use crate::token;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::problem::Problem;
use contract::token::{BAD_SIGNATURE, Claims, UNKNOWN_KEY, bad, bearer, check};
use js_sys::{Array, Uint8Array};
use logic::{Code, Instant};
use serde::Deserialize;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Crypto, CryptoKey};
use worker::console_error;

/// WebCrypto's name of the one algorithm.
const ALGORITHM: &str = "Ed25519";
/// Length of an Ed25519 public key, in bytes.
const KEY_BYTES: usize = 32;
/// Length of an Ed25519 signature, in bytes.
const SIGNATURE_BYTES: usize = 64;
/// How many verified tokens are remembered; one more, and all are forgotten.
const REMEMBERED: usize = 1024;

#[wasm_bindgen]
extern "C" {
    /// WebCrypto, which every worker has.
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Crypto;
}

/// The public keys of one `JWT_JWKS`, and the tokens that they verified.
pub(crate) struct Keys {
    /// An error says what is wrong with the set.
    set: Result<Vec<Key>, String>,
    /// Verified tokens and their claims: verifying a signature costs more than everything else that the edge does for
    /// a request. Other keys have a memory of their own.
    verified: RefCell<BTreeMap<String, Claims>>,
}

/// An Ed25519 key of the set.
struct Key {
    name: Option<String>,
    /// `None` when the set's `x` is not a key.
    bytes: Option<Vec<u8>>,
    /// WebCrypto's form: importing costs more than verifying.
    imported: OnceCell<CryptoKey>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

/// A key as JSON; keys that are not Ed25519 are ignored.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
}

impl Keys {
    pub(crate) fn new(jwks: Option<&str>) -> Self {
        let set = jwks
            .ok_or_else(|| "it is missing".to_owned())
            .and_then(|text| serde_json::from_str::<KeySet>(text).map_err(|fault| fault.to_string()))
            .map(|set| {
                let ours = |key: &Jwk| key.kty == "OKP" && key.crv.as_deref() == Some(ALGORITHM);
                set.keys.into_iter().filter(ours).map(Key::of).collect()
            });
        Self { set, verified: RefCell::default() }
    }

    /// The claims of a token that is valid at `now`.
    ///
    /// # Errors
    /// `unauthenticated` for a missing or bad token; `internal` when the key set itself is unusable; the log says why.
    pub(crate) async fn verify(&self, authorization: Option<&str>, now: Instant) -> Result<Claims, Problem> {
        let token = bearer(authorization)?;
        let verified = self.verified.borrow().get(token).cloned();
        let claims = match verified {
            Some(claims) => claims,
            None => self.verify_signature(token).await?,
        };
        check(&claims, now)?;
        Ok(claims)
    }

    /// The claims of a token whose signature is good.
    async fn verify_signature(&self, token: &str) -> Result<Claims, Problem> {
        let parts = token::parse(token)?;
        let key = self.named(parts.key_id.as_deref())?.ok_or_else(|| bad(UNKNOWN_KEY))?;
        let signed = key.signed(&parts).await.map_err(|error| {
            console_error!("the runtime could not verify a signature: {error:?}");
            Problem::new(Code::Internal, "the token could not be checked")
        })?;
        if !signed {
            return Err(bad(BAD_SIGNATURE).into());
        }
        let claims = parts.claims()?;
        let mut verified = self.verified.borrow_mut();
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(token.to_owned(), claims.clone());
        Ok(claims)
    }

    /// The key named `name`; the first key for a token that names none, as in the backend. `None` when the set has no
    /// such key.
    ///
    /// # Errors
    /// `internal` when the set is missing or malformed.
    fn named(&self, name: Option<&str>) -> Result<Option<&Key>, Problem> {
        let set = self.set.as_ref().map_err(|reason| unusable(reason))?;
        let key = set.iter().find(|key| name.is_none() || key.name.as_deref() == name);
        match key {
            Some(Key { name, bytes: None, .. }) => {
                let name = name.as_deref().unwrap_or_default();
                Err(unusable(&format!("`x` of key `{name}` is not {KEY_BYTES} bytes in base64url")))
            }
            key => Ok(key),
        }
    }
}

fn unusable(reason: &str) -> Problem {
    console_error!("binding JWT_JWKS must hold the backend's public keys as a JWK set: {reason}");
    Problem::new(Code::Internal, "the edge is not configured")
}

impl Key {
    fn of(key: Jwk) -> Self {
        let bytes = URL_SAFE_NO_PAD.decode(key.x.unwrap_or_default()).ok();
        Self {
            name: key.kid,
            bytes: bytes.filter(|bytes| bytes.len() == KEY_BYTES),
            imported: OnceCell::new(),
        }
    }

    async fn signed(&self, parts: &token::Parts<'_>) -> Result<bool, JsValue> {
        if parts.signature.len() != SIGNATURE_BYTES {
            return Ok(false);
        }
        let key = self.imported().await?;
        let (signature, signed) =
            (Uint8Array::from(&*parts.signature), Uint8Array::from(parts.signed.as_bytes()));
        let checked = CRYPTO
            .with(Crypto::subtle)
            .verify_with_str_and_js_u8_array_and_js_u8_array(ALGORITHM, &key, &signature, &signed)?;
        Ok(checked.await?.is_truthy())
    }

    async fn imported(&self) -> Result<CryptoKey, JsValue> {
        if let Some(key) = self.imported.get() {
            return Ok(key.clone());
        }
        let bytes = Uint8Array::from(self.bytes.as_deref().unwrap_or_default());
        let uses = Array::of1(&"verify".into());
        let import =
            CRYPTO.with(Crypto::subtle).import_key_with_str("raw", &bytes, ALGORITHM, false, &uses)?;
        let key: CryptoKey = import.await?.unchecked_into();
        Ok(self.imported.get_or_init(|| key).clone())
    }
}

/// A new UUID (version 4).
pub(crate) fn new_uuid() -> String {
    CRYPTO.with(Crypto::random_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::status::Role;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    const NOW: i64 = 1_800_000_000;

    /// The outcome where no signature has to be verified.
    fn outcome(keys: &Keys, token: &str, now: i64) -> Option<Result<Claims, Code>> {
        let authorization = format!("Bearer {token}");
        let verified = pin!(keys.verify(Some(&authorization), Instant::clamped(now * 1000)));
        match verified.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Some(result.map_err(|problem| problem.code)),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_verified_token_is_remembered_until_it_expires() {
        let keys = Keys::new(Some(r#"{"keys": []}"#));
        let claims = Claims {
            sub: "7".into(),
            role: Role::Member,
            iat: NOW,
            exp: NOW + 60,
            jti: "j".into(),
            auth_time: None,
        };
        keys.verified.borrow_mut().insert("a.b.c".into(), claims);
        assert_eq!(outcome(&keys, "a.b.c", NOW + 59).unwrap().unwrap().sub, "7");
        assert_eq!(outcome(&keys, "a.b.c", NOW + 60).unwrap().unwrap_err(), Code::Unauthenticated);
        assert_eq!(outcome(&keys, "a.b.d", NOW).unwrap().unwrap_err(), Code::Unauthenticated);
        let rotated = Keys::new(Some(r#"{"keys": []}"#));
        assert_eq!(outcome(&rotated, "a.b.c", NOW).unwrap().unwrap_err(), Code::Unauthenticated);
    }

    #[test]
    fn a_token_that_names_no_key_is_verified_with_the_first() {
        let x = URL_SAFE_NO_PAD.encode([7; KEY_BYTES]);
        let jwk = |kid: &str, crv: &str, x: &str| {
            format!(r#"{{"kty":"OKP","kid":"{kid}","crv":"{crv}","x":"{x}"}}"#)
        };
        let set = format!(
            r#"{{"keys":[{},{},{}]}}"#,
            jwk("x", "X25519", &x),
            jwk("a", ALGORITHM, &x),
            jwk("b", ALGORITHM, &x)
        );
        let keys = Keys::new(Some(&set));
        let name = |asked| keys.named(asked).unwrap().and_then(|key| key.name.as_deref());
        assert_eq!((name(None), name(Some("b")), name(Some("x"))), (Some("a"), Some("b"), None));
    }
}
