//! Versions of the policy, which the database keeps: programs with different files answer alike (R1.21).

use anyhow::Context;
use logic::policy::FIELDS;
use logic::policy_version::{FIRST_EFFECTIVE_FROM, PolicyVersion, policy_at};
use logic::{Instant, Policy};
use sqlx::mysql::MySqlPool;

use crate::store;

/// Returns the version in force at `now`, for a program that starts. Where there is no version, `file`, which is
/// `GYM_POLICY` over the defaults, becomes version 1. Where the file says something else, the version counts, and a
/// warning names the fields.
///
/// # Errors
/// A version has a field that this program does not know; the database does not answer.
pub async fn at_start(pool: &MySqlPool, file: &Policy, now: Instant) -> anyhow::Result<Policy> {
    let known = in_force(pool, now).await?;
    let policy = match known {
        Some(policy) => policy,
        None => {
            let json = file.to_json().to_string();
            store::policy_version_insert_first(pool, FIRST_EFFECTIVE_FROM, &json, now).await?;
            in_force(pool, now).await?.context("version 1 of the policy vanished")?
        }
    };
    let fields = differing(file, &policy);
    if !fields.is_empty() {
        tracing::warn!(
            fields = fields.join(", "),
            "GYM_POLICY differs from the policy that the database keeps, which counts"
        );
    }
    Ok(policy)
}

/// Returns the version in force at `now`; `None` if none was made yet.
///
/// # Errors
/// As [`at_start`].
pub async fn in_force(pool: &MySqlPool, now: Instant) -> anyhow::Result<Option<Policy>> {
    let rows = store::policy_version_list(pool).await?;
    let mut versions = Vec::with_capacity(rows.len());
    let mut policies = Vec::with_capacity(rows.len());
    for row in rows {
        let read = || anyhow::Ok(Policy::from_stored(&serde_json::from_str(&row.policy)?)?);
        let policy = read().with_context(|| {
            format!("this program cannot use version {} of the policy: run a newer program", row.id)
        })?;
        versions.push(PolicyVersion { id: row.id, effective_from: row.effective_from });
        policies.push((row.id, policy));
    }
    let in_force = policy_at(&versions, now);
    Ok(policies.into_iter().find(|(id, _)| Some(*id) == in_force).map(|(_, policy)| policy))
}

/// Returns the names of the fields in which two policies differ.
pub fn differing(one: &Policy, other: &Policy) -> Vec<&'static str> {
    let (one, other) = (one.to_json(), other.to_json());
    FIELDS.iter().map(|field| field.snake).filter(|field| one.get(field) != other.get(field)).collect()
}
