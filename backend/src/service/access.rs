//! Who may act for whom. Rows of other accounts are `not_found`, never `forbidden`: the answer does not say that they
//! exist.

use super::Context;
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, OwnerFilter};
use contract::access::Access;
use logic::ids::{AccountId, ProfileId, WaitlistId};
use logic::session::Actor;
use logic::status::Role;
use logic::{Code, Refusal};
use serde_json::Value;
use sqlx::MySqlExecutor;
use std::collections::BTreeSet;

/// A caller who may see the rows of a child and act for it. The only constructors, [`Acting::of`] and
/// [`Acting::with_power`], check that.
#[derive(Clone, Copy, Debug)]
pub struct Acting {
    /// Who acts.
    pub account: AccountId,
    /// As whom: the child's own family as a member, whatever the role (R7.2).
    pub by: Actor,
    /// Whether the powers of staff may be used on the child (R7.3).
    has_power: bool,
}

impl Acting {
    /// The caller as someone who acts for a child; `None` if it may not see the child. `is_own`: it is a guardian of it.
    pub fn of(caller: &Caller, is_own: bool) -> Option<Self> {
        let by = if is_own {
            Actor::Member
        } else if caller.is_at_least(Role::Staff) {
            Actor::Staff
        } else {
            return None;
        };
        let has_power = caller.is_at_least(Role::Staff) && check_power(caller, is_own).is_ok();
        Some(Self { account: caller.account, by, has_power })
    }

    /// The same, using a power of staff; `None` without it.
    pub fn using_power(&self) -> Option<Self> {
        self.has_power.then_some(Self { by: Actor::Staff, ..*self })
    }

    /// The caller as someone who uses a power of staff for a child (R7.3). `is_own`: it is a guardian of the child.
    ///
    /// # Errors
    /// `conflict` for one's own child, for anyone below owner.
    pub fn with_power(caller: &Caller, is_own: bool) -> Result<Self, Refusal> {
        check_power(caller, is_own)?;
        Ok(Self { account: caller.account, by: Actor::Staff, has_power: true })
    }
}

/// Whether `caller` may see the rows of a child. `is_own`: it is a guardian of it.
pub fn sees(caller: &Caller, is_own: bool) -> bool {
    Acting::of(caller, is_own).is_some()
}

/// Checks that a power of staff is not used on a child of the caller's own (R7.3).
///
/// # Errors
/// `conflict`, for anyone below owner.
pub fn check_power(caller: &Caller, is_own: bool) -> Result<(), Refusal> {
    if is_own && !caller.is_at_least(Role::Owner) { Err(own_child()) } else { Ok(()) }
}

/// 409: the child is the caller's own.
pub fn own_child() -> Refusal {
    Refusal::because(Code::Conflict, "this child is your own: a colleague or an owner must do this")
}

/// 404: there is no such profile, or it is another account's.
pub fn no_profile(profile: ProfileId) -> Refusal {
    Refusal::because(Code::NotFound, format!("there is no profile {profile}"))
}

/// The caller as someone who acts for `profile`: a guardian for its own child, staff for any.
///
/// # Errors
/// `not_found` if there is no such profile, or it is another account's.
pub async fn require_profile(
    db: impl MySqlExecutor<'_>,
    caller: &Caller,
    profile: ProfileId,
) -> Result<Acting, AppError> {
    let is_own = store::profile_is_own(db, profile, caller.account).await?;
    Ok(is_own.and_then(|is_own| Acting::of(caller, is_own)).ok_or_else(|| no_profile(profile))?)
}

/// The caller as someone who uses a power of staff for `profile`.
///
/// # Errors
/// `forbidden` below staff; `not_found` if there is no such profile; `conflict` for one's own child, below owner.
pub async fn require_power(
    db: impl MySqlExecutor<'_>,
    caller: &Caller,
    profile: ProfileId,
) -> Result<Acting, AppError> {
    Access::Staff.authorize(caller.role)?;
    let is_own =
        store::profile_is_own(db, profile, caller.account).await?.ok_or_else(|| no_profile(profile))?;
    Ok(Acting::with_power(caller, is_own)?)
}

/// Checks that the caller may still see an answer that it was given before: it may not be a guardian of the child any
/// more.
///
/// # Errors
/// `not_found`.
pub async fn require_replay(context: &Context, caller: &Caller, body: &[u8]) -> Result<(), AppError> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut profiles = BTreeSet::new();
    collect_profiles(&answer, &mut profiles);
    for profile in profiles {
        require_profile(&context.pool, caller, ProfileId(profile)).await?;
    }
    Ok(())
}

/// Collects the profiles that an answer is about: whatever is named `profile_id`, and a `Profile` itself.
fn collect_profiles(answer: &Value, profiles: &mut BTreeSet<i64>) {
    match answer {
        Value::Object(fields) => {
            let named = fields.get("profile_id").or_else(|| {
                let is_profile = fields.contains_key("name") && fields.len() <= 3;
                fields.get("id").filter(|_| is_profile)
            });
            profiles.extend(named.and_then(Value::as_i64));
            fields.values().for_each(|value| collect_profiles(value, profiles));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_profiles(item, profiles)),
        _ => {}
    }
}

/// An authorized filter of rows: [`Scope::of`] checks access and is the only constructor.
#[derive(Clone, Copy, Debug)]
pub struct Scope(OwnerFilter);

impl Scope {
    /// Staff who name a profile see that profile's rows; everybody else sees their own, of one profile or of all.
    ///
    /// # Errors
    /// `not_found` for a profile that does not exist or is not the caller's.
    pub async fn of(
        context: &Context,
        caller: &Caller,
        profile: Option<ProfileId>,
    ) -> Result<Self, AppError> {
        if let Some(profile) = profile {
            require_profile(&context.pool, caller, profile).await?;
        }
        Ok(Self(match profile {
            Some(profile) if caller.is_at_least(Role::Staff) => OwnerFilter::Profile(profile),
            _ => OwnerFilter::Guardian { account: caller.account, profile },
        }))
    }

    /// Whose rows may be shown.
    pub fn owner(&self) -> OwnerFilter {
        self.0
    }
}

/// 404: there is no such waitlist entry, or it is another account's.
pub fn no_entry(id: WaitlistId) -> AppError {
    AppError::not_found(format!("this account has no waitlist entry {id}"))
}
