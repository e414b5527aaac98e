//! Signatures, checked by the runtime's own crypto with the public keys alone.

use crate::problem::Problem;
use crate::token;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use js_sys::futures::JsFuture;
use js_sys::{Array, Uint8Array};
use logic::api::Claims;
use logic::{Code, Instant};
use serde::Deserialize;
use std::cell::RefCell;
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
/// Imported keys kept; more are seen only when keys rotate, and then the oldest may go.
const KEPT: usize = 8;

#[wasm_bindgen]
extern "C" {
    /// The runtime's crypto, which every worker has.
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Crypto;
}

thread_local! {
    /// Imported keys by their bytes: importing costs more than verifying, and a key's bytes never change.
    static IMPORTED: RefCell<Vec<(Vec<u8>, CryptoKey)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// A key of the set; kinds that are not Ed25519 are passed over.
#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
}

/// The caller's claims, if the token is good at `now`.
///
/// # Errors
/// `unauthenticated` for a missing or bad token; `internal` when the key set itself is no good (the log says how).
pub(crate) async fn verify(
    authorization: Option<&str>,
    jwks: Option<&str>,
    now: Instant,
) -> Result<Claims, Problem> {
    let parts = token::parse(authorization)?;
    let bytes = public_key(jwks, parts.key_id.as_deref())?
        .ok_or_else(|| token::bad("the token is signed with another key"))?;
    let signed = signature_holds(&bytes, &parts).await.map_err(|fault| {
        console_error!("the runtime could not check a signature: {fault:?}");
        Problem::new(Code::Internal, "the token could not be checked")
    })?;
    if !signed {
        return Err(token::bad("the token has a bad signature"));
    }
    parts.into_claims(now)
}

/// The bytes of the key named `key_id`, or of the set's first key for a token that names none, as the backend takes
/// it; `None` when the set has no such key.
///
/// # Errors
/// `internal` when the set is missing or malformed.
fn public_key(jwks: Option<&str>, key_id: Option<&str>) -> Result<Option<Vec<u8>>, Problem> {
    let unfit = |fault: String| {
        console_error!("binding JWT_JWKS must hold the backend's public keys as a JWK set: {fault}");
        Problem::new(Code::Internal, "the edge is not configured")
    };
    let text = jwks.ok_or_else(|| unfit("it is missing".into()))?;
    let set: KeySet = serde_json::from_str(text).map_err(|fault| unfit(fault.to_string()))?;
    let Some(key) = set.keys.into_iter().find(|key| {
        let named = key_id.is_none() || key.kid.as_deref() == key_id;
        key.kty == "OKP" && key.crv.as_deref() == Some(ALGORITHM) && named
    }) else {
        return Ok(None);
    };
    let bytes =
        URL_SAFE_NO_PAD.decode(key.x.unwrap_or_default()).ok().filter(|bytes| bytes.len() == KEY_BYTES);
    let name = key.kid.unwrap_or_default();
    bytes.map(Some).ok_or_else(|| unfit(format!("`x` of key `{name}` is not {KEY_BYTES} bytes in base64url")))
}

async fn signature_holds(key: &[u8], parts: &token::Parts<'_>) -> Result<bool, JsValue> {
    if parts.signature.len() != SIGNATURE_BYTES {
        return Ok(false);
    }
    let key = imported(key).await?;
    let (signature, signed) =
        (Uint8Array::from(&*parts.signature), Uint8Array::from(parts.signed.as_bytes()));
    let checked = CRYPTO
        .with(Crypto::subtle)
        .verify_with_str_and_js_u8_array_and_js_u8_array(ALGORITHM, &key, &signature, &signed)?;
    Ok(JsFuture::from(checked).await?.is_truthy())
}

async fn imported(bytes: &[u8]) -> Result<CryptoKey, JsValue> {
    let kept = IMPORTED
        .with_borrow(|keys| keys.iter().find(|(known, _)| known == bytes).map(|(_, key)| key.clone()));
    if let Some(key) = kept {
        return Ok(key);
    }
    let uses = Array::of1(&"verify".into());
    let import = CRYPTO.with(Crypto::subtle).import_key_with_str(
        "raw",
        &Uint8Array::from(bytes),
        ALGORITHM,
        false,
        &uses,
    )?;
    let key: CryptoKey = JsFuture::from(import).await?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| {
        if keys.len() >= KEPT {
            keys.remove(0);
        }
        keys.push((bytes.to_vec(), key.clone()));
    });
    Ok(key)
}

/// A new UUID (version 4).
pub(crate) fn new_uuid() -> String {
    CRYPTO.with(Crypto::random_uuid)
}
