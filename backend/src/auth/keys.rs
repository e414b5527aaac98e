//! The signing key: one file, created when it is missing. Beside it stands the public key for the edge, together with the
//! public keys that were replaced and whose tokens are still accepted.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use hmac::{Hmac, Mac};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::Sha256;

/// The Ed25519 key pair that signs tokens, and the public keys whose tokens are accepted.
pub struct Keys {
    pub(super) encoding: EncodingKey,
    /// The public keys by key id; that of the pair is the first.
    accepted: Vec<(String, DecodingKey)>,
    set: JwkSet,
    /// What [`Self::digest`] is keyed with: derived from the private key, which every backend has.
    secret: [u8; 32],
}

impl Keys {
    /// Reads the PKCS #8 PEM file at `path`, or creates it, readable by its owner only. `retired` is a JWK set of
    /// replaced keys whose tokens are still accepted. Writes all public keys as a JWK set to `<path>.jwks.json`.
    pub fn load_or_create(path: &Path, retired: Option<&Path>) -> anyhow::Result<Self> {
        if !path.exists() {
            create(path).with_context(|| format!("the signing key {} cannot be created", path.display()))?;
        }
        let mut keys = Self::load(path)?;
        if let Some(retired) = retired {
            keys.add_retired(retired)?;
        }
        let set = keys.jwks()?;
        let jwks = Self::jwks_path(path);
        if fs::read_to_string(&jwks).ok().as_ref() != Some(&set) {
            let fresh = jwks.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
            fs::write(&fresh, set)?;
            fs::rename(&fresh, &jwks).with_context(|| format!("cannot write {}", jwks.display()))?;
        }
        Ok(keys)
    }

    /// Reads the key at `path` and changes nothing.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let pem = fs::read_to_string(path)
            .with_context(|| format!("the signing key {} cannot be read", path.display()))?;
        let signing = SigningKey::from_pkcs8_pem(&pem).map_err(|e| {
            anyhow::anyhow!("{} holds no Ed25519 private key in PKCS #8 PEM: {e}", path.display())
        })?;
        let x = URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
        let mut jwk = Jwk {
            common: CommonParameters {
                public_key_use: Some(PublicKeyUse::Signature),
                key_algorithm: Some(KeyAlgorithm::EdDSA),
                ..Default::default()
            },
            algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
                key_type: OctetKeyPairType::OctetKeyPair,
                curve: EllipticCurve::Ed25519,
                x: x.clone(),
            }),
        };
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(kid.clone());
        Ok(Self {
            encoding: EncodingKey::from_ed_pem(pem.as_bytes())?,
            accepted: vec![(kid, DecodingKey::from_ed_components(&x)?)],
            set: JwkSet { keys: vec![jwk] },
            secret: hmac(signing.as_bytes(), &[b"gym digest"]),
        })
    }

    fn add_retired(&mut self, path: &Path) -> anyhow::Result<()> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("the retired keys {} cannot be read", path.display()))?;
        let set: JwkSet = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a JWK set of public keys", path.display()))?;
        for (number, jwk) in set.keys.into_iter().enumerate() {
            let name = jwk.common.key_id.clone();
            let curve = match &jwk.algorithm {
                AlgorithmParameters::OctetKeyPair(pair) => Some(&pair.curve),
                _ => None,
            };
            let (Some(name), Some(EllipticCurve::Ed25519)) = (name, curve) else {
                anyhow::bail!("{}: keys[{number}] is not an Ed25519 key with a `kid`", path.display());
            };
            // The file of retired keys may be a set that the program wrote, which holds the present key too.
            if self.accepted.iter().all(|(known, _)| *known != name) {
                let key = DecodingKey::from_jwk(&jwk)
                    .with_context(|| format!("{}: keys[{number}]", path.display()))?;
                self.accepted.push((name, key));
                self.set.keys.push(jwk);
            }
        }
        Ok(())
    }

    /// The public key with this id; that of the pair for a token without a key id.
    pub(super) fn accepted(&self, name: Option<&str>) -> Option<&DecodingKey> {
        let mut keys = self.accepted.iter();
        keys.find(|(known, _)| name.is_none_or(|name| name == known)).map(|(_, key)| key)
    }

    /// An HMAC of what must not be stored as it is, for one purpose. It stays the same until the signing key is replaced.
    pub fn digest(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        hmac(&self.secret, &[purpose.as_bytes(), &[0], text])
    }

    /// The path to which the public keys of the key at `path` are written.
    pub fn jwks_path(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".jwks.json");
        name.into()
    }

    /// The key's id in token headers: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        self.accepted.first().map_or("", |(kid, _)| kid)
    }

    /// The public keys as a JWK set, for the edge.
    pub fn jwks(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(&self.set)? + "\n")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(secret: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn create(path: &Path) -> anyhow::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let pem = SigningKey::from_bytes(&rand::random()).to_pkcs8_pem(LineEnding::LF)?;
    let fresh = path.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    // Two programs may create the key at once: the first link wins, and both use its file.
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_created_once_and_readable_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/jwt.key");
        let made = Keys::load_or_create(&path, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Keys::load_or_create(&path, None).unwrap().kid(), made.kid());
        let jwks = fs::read_to_string(dir.path().join("deep/jwt.key.jwks.json")).unwrap();
        assert!(jwks.contains(made.kid()) && jwks.contains("\"crv\": \"Ed25519\""), "{jwks}");
    }

    #[test]
    fn a_file_that_holds_no_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jwt.key");
        fs::write(&path, "not a key").unwrap();
        let error = Keys::load_or_create(&path, None).err().unwrap().to_string();
        assert!(error.contains("jwt.key") && error.contains("Ed25519"), "{error}");
    }

    #[test]
    fn tokens_of_a_retired_key_are_accepted_and_the_edge_gets_both_keys() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old.key"), dir.path().join("new.key"));
        let before = Keys::load_or_create(&old, None).unwrap();
        let retired = Keys::jwks_path(&old);
        let after = Keys::load_or_create(&new, Some(&retired)).unwrap();
        assert_ne!(after.kid(), before.kid());
        for (name, counts) in
            [(None, true), (Some(after.kid()), true), (Some(before.kid()), true), (Some("x"), false)]
        {
            assert_eq!(after.accepted(name).is_some(), counts, "{name:?}");
        }
        assert!(before.accepted(Some(after.kid())).is_none());
        let given = fs::read_to_string(Keys::jwks_path(&new)).unwrap();
        assert!(given.find(after.kid()) < given.find(before.kid()), "{given}");
        // Loading the set that was just written adds no key twice.
        let again = Keys::load_or_create(&new, Some(&Keys::jwks_path(&new))).unwrap();
        assert_eq!(again.jwks().unwrap(), given);
        for text in ["[]", "{}", "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AA\"}]}"] {
            fs::write(&retired, text).unwrap();
            let error = Keys::load_or_create(&new, Some(&retired)).err().unwrap();
            assert!(format!("{error:#}").contains("old.key.jwks.json"), "{error:#}");
        }
    }
}
