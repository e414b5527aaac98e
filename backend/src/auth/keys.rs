//! The signing key: one file, made when it is missing, and beside it the public half for the edge.

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
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, OctetKeyPairParameters,
    OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{DecodingKey, EncodingKey};

/// The Ed25519 key pair that tokens are signed with.
pub struct Keys {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    kid: String,
    jwks: String,
}

impl Keys {
    /// Reads the PKCS #8 PEM file at `path`, or makes it (readable by its owner alone). Writes `<path>.jwks.json`
    /// beside it, the public key as a JWK set.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds no Ed25519 private key.
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            create(path).with_context(|| format!("the signing key {} cannot be made", path.display()))?;
        }
        let keys = Self::load(path)?;
        let beside = Self::jwks_path(path);
        if fs::read_to_string(&beside).ok().as_deref() != Some(keys.jwks()) {
            let fresh = beside.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
            fs::write(&fresh, keys.jwks())?;
            fs::rename(&fresh, &beside).with_context(|| format!("cannot write {}", beside.display()))?;
        }
        Ok(keys)
    }

    /// Reads the key at `path`, changing nothing.
    ///
    /// # Errors
    /// The file cannot be read, or holds no Ed25519 private key in PKCS #8 PEM.
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
            decoding: DecodingKey::from_ed_components(&x)?,
            kid,
            jwks: serde_json::to_string_pretty(&JwkSet { keys: vec![jwk] })? + "\n",
        })
    }

    /// Where the public half of the key at `path` is written.
    pub fn jwks_path(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".jwks.json");
        name.into()
    }

    /// The key's id in token headers: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK set, for the edge.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
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
    // Two programs may make it at once: the first link wins, and both use that one.
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
    fn the_key_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/jwt.key");
        let made = Keys::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Keys::load_or_create(&path).unwrap().kid(), made.kid());
        let jwks = fs::read_to_string(dir.path().join("deep/jwt.key.jwks.json")).unwrap();
        assert!(jwks.contains(made.kid()) && jwks.contains("\"crv\": \"Ed25519\""), "{jwks}");
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jwt.key");
        fs::write(&path, "not a key").unwrap();
        let error = Keys::load_or_create(&path).err().unwrap().to_string();
        assert!(error.contains("jwt.key") && error.contains("Ed25519"), "{error}");
    }
}
