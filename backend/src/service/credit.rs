//! Class credit as rows (RULES §4): applies the movements of `logic::ledger`.
//!
//! Invariant: a grant changes under the lock of its profile, and only by a movement that the ledger table keeps, in the
//! same transaction.

use crate::error::AppError;
use crate::store::{self, Conn, ProfileLock};
use logic::compensation::{Grant, Use, plan_compensation};
use logic::ids::{BookingId, GrantId};
use logic::ledger::{self, LedgerEntry};
use logic::status::{GrantSource, GrantStatus, Movement};
use logic::{Instant, Minutes, Refusal};

/// The grants of a profile that can be spent or can expire, locked in the order of their ids.
pub(super) async fn available(conn: &mut Conn, profile: &ProfileLock) -> Result<Vec<Grant>, AppError> {
    let rows = store::class_credit_compensation_lock_available(conn, profile).await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// What paying `required` minutes would take from the profile's grants, or why it cannot.
pub(super) async fn plan(
    conn: &mut Conn,
    profile: &ProfileLock,
    required: Minutes,
    now: Instant,
) -> Result<Result<Vec<Use>, Refusal>, AppError> {
    Ok(plan_compensation(&available(conn, profile).await?, required, now))
}

/// Pays a new `booking` with these uses.
pub(super) async fn spend(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
    uses: &[Use],
    now: Instant,
) -> Result<(), AppError> {
    for (entry, taken) in ledger::spend(uses, booking, now).into_iter().zip(uses) {
        apply(conn, profile, GrantStatus::Available, &[entry]).await?;
        store::compensation_usage_insert(conn, profile, booking, taken, now).await?;
    }
    let spent = Minutes(uses.iter().map(|taken| taken.used.0).sum());
    Ok(store::booking_set_minutes_used(conn, profile, booking, Minutes(0), spent).await?)
}

/// Gives the minutes that paid for `booking` back to the grants that they came from.
pub(super) async fn give_back(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    let uses = store::compensation_usage_lock_spent(conn, profile, booking).await?;
    for used in &uses {
        let entries = ledger::give_back(&used.grant.into(), used.spent, used.forgiven, booking, now);
        apply(conn, profile, used.grant.status, &entries).await?;
        store::compensation_usage_restore(conn, profile, used.usage_id, used.spent).await?;
    }
    if uses.is_empty() {
        return Ok(());
    }
    let spent = Minutes(uses.iter().map(|used| used.spent.0).sum());
    Ok(store::booking_set_minutes_used(conn, profile, booking, spent, Minutes(0)).await?)
}

/// Why credit is granted, and for which booking.
pub(super) enum Occasion {
    /// The missed booking is made up by the booking of a shorter class.
    Makeup { missed: BookingId, booking: BookingId },
    /// The gym's goodwill, for a booking.
    Goodwill(BookingId),
}

/// Grants `minutes`, which expire at `expires`.
pub(super) async fn grant(
    conn: &mut Conn,
    profile: &ProfileLock,
    occasion: Occasion,
    (minutes, expires): (Minutes, Instant),
    now: Instant,
) -> Result<GrantId, AppError> {
    let (source, original, booking) = match occasion {
        Occasion::Makeup { missed, booking } => (GrantSource::Makeup, missed, booking),
        Occasion::Goodwill(booking) => (GrantSource::Goodwill, booking, booking),
    };
    let times = (now, expires);
    let id =
        store::class_credit_compensation_insert(conn, profile, (source, original), minutes, times).await?;
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
    store::compensation_event_insert(conn, profile, &granted).await?;
    Ok(id)
}

/// Takes back what is left of the grant that came with the makeup's `booking`.
pub(super) async fn revoke(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
    now: Instant,
) -> Result<(), AppError> {
    let row = store::class_credit_compensation_lock_of_makeup(conn, profile, booking).await?;
    let Some(row) = row else { return Ok(()) };
    apply(conn, profile, row.status, &ledger::revoke(&row.into(), booking, now)).await
}

/// Moves minutes on a grant, which had the status `before`, and enters that in the ledger.
pub(super) async fn apply(
    conn: &mut Conn,
    profile: &ProfileLock,
    mut before: GrantStatus,
    entries: &[LedgerEntry],
) -> Result<(), AppError> {
    for entry in entries {
        store::class_credit_compensation_move(conn, profile, before, entry).await?;
        store::compensation_event_insert(conn, profile, entry).await?;
        before = entry.status;
    }
    Ok(())
}
