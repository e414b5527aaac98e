//! Who may act for whom. Rows of other accounts are `not_found`, never `forbidden`: the answer does not say that they
//! exist.

use super::Context;
use crate::auth::Caller;
use crate::error::AppError;
use crate::store::{self, OwnerFilter};
use logic::ids::{AccountId, ProfileId, WaitlistId};
use logic::session::Actor;
use logic::status::Role;
use logic::{Code, Refusal};
use sqlx::MySqlExecutor;

/// On whose behalf `caller` acts: the reason that flows record.
pub fn actor(caller: &Caller) -> Actor {
    if caller.role == Role::Member { Actor::Member } else { Actor::Staff }
}

/// Whether `caller` may see rows of `owner`.
pub fn sees(caller: &Caller, owner: AccountId) -> bool {
    caller.is_staff() || caller.account == owner
}

/// 404: there is no such profile, or it is another account's.
pub fn no_profile(profile: ProfileId) -> Refusal {
    Refusal::because(Code::NotFound, format!("there is no profile {profile}"))
}

/// Checks that the caller may act for `profile`: a member for its own, staff for any.
///
/// # Errors
/// `not_found` if there is no such profile, or it is another account's.
pub async fn require_profile(
    db: impl MySqlExecutor<'_>,
    caller: &Caller,
    profile: ProfileId,
) -> Result<(), AppError> {
    match store::profile_owner(db, profile).await? {
        Some(owner) if sees(caller, owner) => Ok(()),
        _ => Err(no_profile(profile).into()),
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
        let own = !caller.is_staff() || profile.is_none();
        Ok(Self(OwnerFilter { account: own.then_some(caller.account), profile }))
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
