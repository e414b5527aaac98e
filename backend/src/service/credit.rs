//! Class credit as rows (RULES §4): applies the movements of `logic::ledger`.
//!
//! Invariant: a grant changes under the lock of its profile, and only by a movement that the ledger table keeps, in the
//! same transaction.

use crate::error::AppError;
use crate::store::{self, Conn};
use logic::compensation::{Grant, Use, expiry_of_grant, plan_compensation};
use logic::ids::{BookingId, GrantId, ProfileId};
use logic::ledger::{self, LedgerEntry};
use logic::status::{GrantStatus, Movement};
use logic::{Instant, Minutes, Policy, Refusal};

/// The grants of a profile that can be spent or can expire, locked in the order of their ids. The profile is locked.
pub(super) async fn available(conn: &mut Conn, profile: ProfileId) -> Result<Vec<Grant>, AppError> {
    let rows = store::class_credit_compensation_lock_available(conn, profile).await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// What paying `required` minutes would take from the profile's grants, or why it cannot. The profile is locked.
pub(super) async fn plan(
    conn: &mut Conn,
    profile: ProfileId,
    required: Minutes,
    now: Instant,
) -> Result<Result<Vec<Use>, Refusal>, AppError> {
    Ok(plan_compensation(&available(conn, profile).await?, required, now))
}

/// Pays `booking` with these uses. The profile is locked.
pub(super) async fn spend(
    conn: &mut Conn,
    booking: BookingId,
    uses: &[Use],
    now: Instant,
) -> Result<(), AppError> {
    for (entry, taken) in ledger::spend(uses, booking, now).iter().zip(uses) {
        apply(conn, entry).await?;
        store::compensation_usage_insert(conn, booking, taken, now).await?;
    }
    let spent = Minutes(uses.iter().map(|taken| taken.used.0).sum());
    Ok(store::booking_set_minutes_used(conn, booking, spent).await?)
}

/// Gives the minutes that paid for `booking` back to the grants that they came from. The profile is locked.
pub(super) async fn give_back(conn: &mut Conn, booking: BookingId, now: Instant) -> Result<(), AppError> {
    for spent in store::compensation_usage_lock_spent(conn, booking).await? {
        for entry in ledger::give_back(&spent.grant.into(), spent.spent, spent.forgiven, booking, now) {
            apply(conn, &entry).await?;
        }
        store::compensation_usage_restore(conn, spent.usage_id, spent.spent).await?;
        store::booking_restore_minutes(conn, booking, spent.spent).await?;
    }
    Ok(())
}

/// Grants `minutes` for the missed booking `original`, with the makeup's `booking`. The profile is locked.
pub(super) async fn grant(
    policy: &Policy,
    conn: &mut Conn,
    profile: ProfileId,
    (original, booking): (BookingId, BookingId),
    minutes: Minutes,
    now: Instant,
) -> Result<GrantId, AppError> {
    let times = (now, expiry_of_grant(now, policy));
    let id = store::class_credit_compensation_insert(conn, profile, original, minutes, times).await?;
    let granted = LedgerEntry {
        grant: id,
        kind: Movement::Granted,
        minutes,
        remaining: minutes,
        status: GrantStatus::Available,
        usage_type: None,
        booking: Some(booking),
        at: now,
    };
    store::compensation_event_insert(conn, &granted).await?;
    Ok(id)
}

/// Takes back what is left of the grant that came with the makeup's `booking`. The profile is locked.
pub(super) async fn revoke(conn: &mut Conn, booking: BookingId, now: Instant) -> Result<(), AppError> {
    let Some(row) = store::class_credit_compensation_lock_of_makeup(conn, booking).await? else {
        return Ok(());
    };
    for entry in ledger::revoke(&row.into(), booking, now) {
        apply(conn, &entry).await?;
    }
    Ok(())
}

/// Moves minutes on a grant as it was loaded, and enters that in the ledger.
pub(super) async fn apply(conn: &mut Conn, entry: &LedgerEntry) -> Result<(), AppError> {
    store::class_credit_compensation_move(conn, entry).await?;
    Ok(store::compensation_event_insert(conn, entry).await?)
}
