//! The order of locks, as types: classes in the order of their ids, then profiles in the order of theirs
//! (docs/ARCHITECTURE.md, "One order of locks").
//!
//! A transaction begins with an [`Unlocked`]. Locking classes uses it up and gives the [`SessionLock`]; locking profiles
//! uses that up and gives a [`ProfileLock`] for each. Functions that write class credit take a [`ProfileLock`].
//!
//! ```
//! # use backend::store::{self, Conn, StoreError, Unlocked};
//! # use logic::{ids::{ProfileId, SessionId}, ledger::LedgerEntry};
//! # async fn f(tx: Unlocked, conn: &mut Conn, entry: &LedgerEntry) -> Result<(), StoreError> {
//! let Some((class, lock)) = tx.lock_session(conn, SessionId(1)).await? else { return Ok(()) };
//! let profile = lock.lock_profile(conn, ProfileId(2)).await?;
//! store::compensation_event_insert(conn, &profile, entry).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A class cannot be locked after a profile:
//!
//! ```compile_fail,E0382
//! # use backend::store::{self, Conn, StoreError, Unlocked};
//! # use logic::{ids::{ProfileId, SessionId}, ledger::LedgerEntry};
//! # async fn f(tx: Unlocked, conn: &mut Conn, entry: &LedgerEntry) -> Result<(), StoreError> {
//! let Some((class, lock)) = tx.lock_session(conn, SessionId(1)).await? else { return Ok(()) };
//! let profile = lock.lock_profile(conn, ProfileId(2)).await?;
//! tx.lock_session(conn, SessionId(3)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Nor can a profile after a profile, which may have a smaller id:
//!
//! ```compile_fail,E0382
//! # use backend::store::{self, Conn, StoreError, Unlocked};
//! # use logic::{ids::{ProfileId, SessionId}, ledger::LedgerEntry};
//! # async fn f(tx: Unlocked, conn: &mut Conn, entry: &LedgerEntry) -> Result<(), StoreError> {
//! let Some((class, lock)) = tx.lock_session(conn, SessionId(1)).await? else { return Ok(()) };
//! let profile = lock.lock_profile(conn, ProfileId(2)).await?;
//! lock.lock_profile(conn, ProfileId(1)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! And credit is not written without the lock of its profile, which nothing else can make:
//!
//! ```compile_fail,E0308
//! # use backend::store::{self, Conn, StoreError, Unlocked};
//! # use logic::{ids::{ProfileId, SessionId}, ledger::LedgerEntry};
//! # async fn f(tx: Unlocked, conn: &mut Conn, entry: &LedgerEntry) -> Result<(), StoreError> {
//! let Some((class, lock)) = tx.lock_session(conn, SessionId(1)).await? else { return Ok(()) };
//! store::compensation_event_insert(conn, &lock, entry).await?;
//! # Ok(())
//! # }
//! ```

use super::{Conn, Guardians, Result, StoreError};
use logic::ids::ProfileId;
use sqlx::{MySql, Transaction};

/// A transaction that has locked no class and no profile yet.
#[derive(Debug)]
pub struct Unlocked(());

/// The lock of one or several classes, in a transaction that has locked no profile yet.
#[derive(Debug)]
pub struct SessionLock(());

/// The lock of a profile. What it has in other classes (overlapping bookings, its waitlists, its credit) does not change
/// until the transaction ends.
#[derive(Debug)]
pub struct ProfileLock {
    id: ProfileId,
    guardians: Guardians,
}

impl Unlocked {
    /// The locks of a transaction that has just begun.
    pub fn of(_: &Transaction<'_, MySql>) -> Self {
        Self(())
    }

    /// Locks a profile, for work that concerns no class.
    ///
    /// # Errors
    /// As [`SessionLock::lock_profile`].
    pub async fn lock_profile(self, conn: &mut Conn, id: ProfileId) -> Result<ProfileLock> {
        SessionLock::new().lock_profile(conn, id).await
    }
}

impl SessionLock {
    /// For the statements that lock classes.
    pub(super) const fn new() -> Self {
        Self(())
    }

    /// Locks a profile.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if it is gone.
    pub async fn lock_profile(self, conn: &mut Conn, id: ProfileId) -> Result<ProfileLock> {
        let gone = StoreError::unexpected("profile", id.0, "the profile", "no row");
        self.lock_profiles(conn, &[id]).await?.pop().ok_or(gone)
    }
}

impl ProfileLock {
    /// For the statement that locks profiles.
    pub(super) const fn new(id: ProfileId, guardians: Guardians) -> Self {
        Self { id, guardians }
    }

    /// The lock of a profile among those that a transaction took.
    ///
    /// # Errors
    /// [`StoreError::NotLocked`] if it is not among them.
    pub fn of(locks: &[Self], id: ProfileId) -> Result<&Self> {
        locks.iter().find(|lock| lock.id == id).ok_or(StoreError::NotLocked(id))
    }

    /// The profile.
    pub const fn id(&self) -> ProfileId {
        self.id
    }

    /// Its guardians.
    pub const fn guardians(&self) -> &Guardians {
        &self.guardians
    }
}
