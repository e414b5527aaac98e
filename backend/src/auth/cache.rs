//! Tokens that were verified lately, and members that were looked up: a caller that comes again is not worked out
//! anew for every request.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use logic::ids::AccountId;
use logic::status::Role;
use sha2::{Digest, Sha256};
use sqlx::mysql::MySqlPool;
use tokio::time::Instant;

use super::caller::role_of;
use super::token::{self, Verified};
use super::{Caller, Keys};
use crate::error::AppError;

/// Tokens and members that are remembered; at more than this, all are forgotten and learned again.
const MOST: usize = 20_000;
/// How long an account is taken for a member after it was looked up. What a former member's token could do in that
/// time is what it could do before: act for its own profiles. Staff and machines are looked up every time.
const MEMBER_FOR: Duration = Duration::from_secs(30);

/// What is remembered.
#[derive(Debug, Default)]
pub struct Known {
    /// By the token's digest: nothing here can be used as a token.
    tokens: RwLock<HashMap<[u8; 32], Verified>>,
    members: RwLock<HashMap<AccountId, Instant>>,
}

impl Known {
    /// Who a token speaks for, as [`token::verify`] says. The signature of a token that is known is good; its age is
    /// looked at every time.
    ///
    /// # Errors
    /// `unauthenticated`, with why.
    pub fn verify(&self, keys: &Keys, token: &str) -> Result<Verified, AppError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(&digest).copied();
        if let Some(verified) = known {
            return verified.still_good().map(|()| verified);
        }
        let verified = token::verify(keys, token)?;
        remember(&self.tokens, digest, verified);
        Ok(verified)
    }

    /// The caller that a token speaks for, if its account has the role that the token says.
    ///
    /// # Errors
    /// `unauthenticated` if not; the database's.
    pub async fn caller(&self, pool: &MySqlPool, verified: Verified) -> Result<Caller, AppError> {
        let Verified { account, role, .. } = verified;
        if !(role == Role::Member && self.is_member(account)) {
            if role_of(pool, account).await? != Some(role) {
                return Err(AppError::unauthenticated(format!("the token's account is no {role}")));
            }
            if role == Role::Member {
                remember(&self.members, account, Instant::now());
            }
        }
        Ok(Caller { account, role })
    }

    fn is_member(&self, account: AccountId) -> bool {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.get(&account).is_some_and(|since| since.elapsed() < MEMBER_FOR)
    }
}

fn remember<K: Eq + std::hash::Hash, V>(known: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key, value);
}
