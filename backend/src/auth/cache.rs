//! Caches verified tokens and known members, so that a caller that comes again is not verified anew for each request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use logic::ids::AccountId;
use logic::status::Role;
use sha2::{Digest, Sha256};
use sqlx::mysql::MySqlPool;
use tokio::time::Instant;

use super::token::{self, Verified};
use super::{Caller, Keys};
use crate::error::AppError;
use crate::store;

/// Tokens and members that are cached; at more than this, the cache is cleared and filled again.
const CACHE_ENTRIES_MAX: usize = 20_000;
/// How long a member's token is taken for good after it was looked up. In that time the token of a former member, or one
/// that was revoked, can do what it could do before: act for its own profiles. Tokens of staff and machines are looked up
/// every time.
const MEMBER_TTL: Duration = Duration::from_secs(30);

/// The cache.
#[derive(Debug, Default)]
pub struct AuthCache {
    /// By the token's digest: nothing here can be used as a token.
    tokens: RwLock<HashMap<[u8; 32], Verified>>,
    /// Members' tokens, by account and id, and when they were looked up.
    members: RwLock<HashMap<(AccountId, Arc<str>), Instant>>,
}

impl AuthCache {
    /// Verifies a token as [`token::verify`] does. The signature of a cached token is not verified again; its expiry is
    /// checked every time.
    ///
    /// # Errors
    /// `unauthenticated`, with the reason.
    pub fn verify(&self, keys: &Keys, token: &str) -> Result<Verified, AppError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        if let Some(verified) = known {
            verified.still_good()?;
            return Ok(verified);
        }
        let verified = token::verify(keys, token)?;
        remember(&self.tokens, digest, verified.clone());
        Ok(verified)
    }

    /// The caller of a verified token, if the account has the role that the token names and the token was not revoked.
    ///
    /// # Errors
    /// `unauthenticated` otherwise.
    pub async fn caller(&self, pool: &MySqlPool, verified: &Verified) -> Result<Caller, AppError> {
        let (account, role) = (verified.account, verified.role);
        let key = (account, verified.jti.clone());
        if !(role == Role::Member && self.is_member(&key)) {
            let facts = store::token_facts(pool, account, &verified.jti).await?;
            verified.still_granted(facts.as_ref())?;
            if role == Role::Member {
                remember(&self.members, key, Instant::now());
            }
        }
        Ok(Caller { account, role })
    }

    /// Looks up this token again when it comes next: it was revoked.
    pub fn forget(&self, verified: &Verified) {
        let key = (verified.account, verified.jti.clone());
        self.members.write().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    fn is_member(&self, key: &(AccountId, Arc<str>)) -> bool {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.get(key).is_some_and(|since| since.elapsed() < MEMBER_TTL)
    }
}

fn remember<K: Eq + std::hash::Hash, V>(known: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= CACHE_ENTRIES_MAX {
        known.clear();
    }
    known.insert(key, value);
}
