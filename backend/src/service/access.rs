//! Who may act for whom. Other people's rows do not exist: they are `not_found`, never `forbidden`.

use crate::App;
use crate::auth::Caller;
use crate::db::Conn;
use crate::error::AppError;
use logic::ids::{AccountId, BookingId, ProfileId};
use logic::session::Actor;
use logic::status::Role;

/// On whose behalf `caller` acts: the reason that flows record.
pub fn actor(caller: &Caller) -> Actor {
    if caller.role == Role::Member { Actor::Member } else { Actor::Staff }
}

/// Whether `caller` may see rows of `owner`.
pub fn sees(caller: &Caller, owner: i64) -> bool {
    caller.role == Role::Staff || caller.account == AccountId(owner)
}

/// 404: no such profile, or another account's.
pub fn no_profile(profile: ProfileId) -> AppError {
    AppError::not_found(format!("there is no profile {profile}"))
}

/// Locks the profile, always after the session: what a profile has in other sessions (overlapping bookings,
/// the number of its waitlists) then stands still until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn lock_profile(conn: &mut Conn, profile: ProfileId) -> Result<(), AppError> {
    sqlx::query("SELECT id FROM profile WHERE id = ? FOR UPDATE")
        .bind(profile.0)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// Whose rows a list shows. There is none but after the caller was seen to act for the profile it names.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    account: Option<i64>,
    profile: Option<ProfileId>,
}

impl Scope {
    /// Staff who name a profile see that profile's rows; everybody else sees their own, of one profile or of all.
    ///
    /// # Errors
    /// `not_found` for a profile that is not there or not the caller's.
    pub async fn of(app: &App, caller: &Caller, profile: Option<ProfileId>) -> Result<Self, AppError> {
        if let Some(profile) = profile {
            let mut conn = app.pool.acquire().await?;
            caller.require_profile(&mut conn, profile).await?;
        }
        let own = caller.role != Role::Staff || profile.is_none();
        Ok(Self { account: own.then_some(caller.account.0), profile })
    }

    /// The account that the rows must belong to; `None`: any.
    pub fn account(&self) -> Option<i64> {
        self.account
    }

    /// The one profile that the rows must belong to; `None`: any of the account's.
    pub fn profile(&self) -> Option<i64> {
        self.profile.map(|profile| profile.0)
    }
}

/// Locks the profile of a booking, always after its session.
///
/// # Errors
/// The database's.
pub async fn lock_profile_of(conn: &mut Conn, booking: BookingId) -> Result<(), AppError> {
    let profile: Option<i64> = sqlx::query_scalar("SELECT profile_id FROM booking WHERE id = ?")
        .bind(booking.0)
        .fetch_optional(&mut *conn)
        .await?;
    match profile {
        Some(profile) => lock_profile(conn, ProfileId(profile)).await,
        None => Ok(()),
    }
}
