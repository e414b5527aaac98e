//! The ledger of class credit (RULES §4): every function returns ledger entries, which the backend stores unchanged.
//!
//! Invariant (R4.11): for every grant, `compensation_minutes = remaining + used − restored + expired + revoked`,
//! because an entry changes `remaining` by exactly its minutes. Each function first expires a grant that is due, so
//! that no result depends on whether a sweep has run.

use crate::compensation::{Grant, UsageType, Use};
use crate::ids::{BookingId, GrantId};
use crate::status::{GrantStatus, Movement};
use crate::time::{Instant, Minutes};

/// One movement of minutes on a grant, and the grant's state after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The grant.
    pub grant: GrantId,
    /// The kind of movement.
    pub kind: Movement,
    /// Minutes moved, 1 or more.
    pub minutes: Minutes,
    /// Minutes left on the grant afterwards.
    pub remaining: Minutes,
    /// The grant's status afterwards.
    pub status: GrantStatus,
    /// For a use, whether it took the grant to zero.
    pub usage_type: Option<UsageType>,
    /// The booking that caused the movement, if one did.
    pub booking: Option<BookingId>,
    /// When the movement took effect.
    pub at: Instant,
}

/// A grant and the entries that have been made for it so far.
struct GrantCursor {
    grant: Grant,
    entries: Vec<LedgerEntry>,
}

impl GrantCursor {
    fn of(grant: &Grant) -> Self {
        Self { grant: *grant, entries: Vec::new() }
    }

    fn record(&mut self, kind: Movement, minutes: Minutes, status: GrantStatus, at: Instant) {
        let change = if kind == Movement::Restored { minutes.0 } else { minutes.0.saturating_neg() };
        self.grant.remaining = Minutes(self.grant.remaining.0.saturating_add(change));
        self.grant.status = status;
        self.entries.push(LedgerEntry {
            grant: self.grant.id,
            kind,
            minutes,
            remaining: self.grant.remaining,
            status,
            usage_type: None,
            booking: None,
            at,
        });
    }

    /// Expires the grant if it is due, as of its expiry time.
    fn settle(&mut self, now: Instant) {
        let Grant { status, remaining, expiry_time, .. } = self.grant;
        if status == GrantStatus::Available && remaining.0 > 0 && has_expired(expiry_time, now) {
            self.record(Movement::Expired, remaining, GrantStatus::Expired, expiry_time);
        }
    }

    fn for_booking(mut self, booking: BookingId) -> Vec<LedgerEntry> {
        self.entries.iter_mut().for_each(|entry| entry.booking = Some(booking));
        self.entries
    }
}

/// Returns whether a grant that expires at `expiry_time` has expired by `now`.
pub fn has_expired(expiry_time: Instant, now: Instant) -> bool {
    expiry_time <= now
}

/// Expires all remaining minutes of `grant` if its expiry time has come by `now`.
pub fn expire(grant: &Grant, now: Instant) -> Option<LedgerEntry> {
    let mut cursor = GrantCursor::of(grant);
    cursor.settle(now);
    cursor.entries.pop()
}

/// Returns the ledger entries for the uses of a plan that pays for `booking`.
pub fn spend(uses: &[Use], booking: BookingId, now: Instant) -> Vec<LedgerEntry> {
    let moved = |taken: &Use| LedgerEntry {
        grant: taken.compensation_id,
        kind: Movement::Used,
        minutes: taken.used,
        remaining: taken.remaining,
        status: match taken.usage_type {
            UsageType::FullUse => GrantStatus::Used,
            UsageType::PartialUse => GrantStatus::Available,
        },
        usage_type: Some(taken.usage_type),
        booking: Some(booking),
        at: now,
    };
    uses.iter().map(moved).collect()
}

/// Gives `minutes` that `booking` had spent back to `grant` (R4.7).
///
/// Minutes that go back to an expired grant are restored and expired, in one entry each (R4.8). `forgiven` means that
/// the gym called off the grant's makeup, so that the missed class is owed again (R3.23, R3.24): the minutes are
/// restored and revoked, because nobody may have both (R3.27, R4.13).
pub fn give_back(
    grant: &Grant,
    minutes: Minutes,
    forgiven: bool,
    booking: BookingId,
    now: Instant,
) -> Vec<LedgerEntry> {
    let mut cursor = GrantCursor::of(grant);
    cursor.settle(now);
    let settled = cursor.entries.len();
    if minutes.0 > 0 {
        cursor.record(Movement::Restored, minutes, GrantStatus::Available, now);
        if forgiven {
            cursor.record(Movement::Revoked, minutes, GrantStatus::Revoked, now);
        } else if has_expired(grant.expiry_time, now) {
            cursor.record(Movement::Expired, minutes, GrantStatus::Expired, now);
        }
    }
    let own = cursor.entries.split_off(settled);
    let own = GrantCursor { grant: cursor.grant, entries: own }.for_booking(booking);
    cursor.entries.into_iter().chain(own).collect()
}

/// Revokes the remaining minutes of `grant` together with `booking`, the makeup that earned it (R3.20).
pub fn revoke(grant: &Grant, booking: BookingId, now: Instant) -> Vec<LedgerEntry> {
    let mut cursor = GrantCursor::of(grant);
    cursor.settle(now);
    let Grant { status, remaining, .. } = cursor.grant;
    if status != GrantStatus::Available || remaining.0 <= 0 {
        return cursor.entries;
    }
    cursor.record(Movement::Revoked, remaining, GrantStatus::Revoked, now);
    cursor.for_booking(booking)
}

/// The totals of one grant's ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Minutes that the makeup earned.
    pub granted: i64,
    /// Minutes spent, net of restored ones (R4.9).
    pub used: i64,
    /// Minutes that expired.
    pub expired: i64,
    /// Minutes that were revoked.
    pub revoked: i64,
}

impl Sums {
    /// Adds a movement of `minutes`.
    pub fn add(&mut self, kind: Movement, minutes: Minutes) {
        let (slot, change) = match kind {
            Movement::Granted => (&mut self.granted, minutes.0),
            Movement::Used => (&mut self.used, minutes.0),
            Movement::Restored => (&mut self.used, minutes.0.saturating_neg()),
            Movement::Expired => (&mut self.expired, minutes.0),
            Movement::Revoked => (&mut self.revoked, minutes.0),
        };
        *slot = slot.saturating_add(change);
    }

    /// Returns the minutes that must remain on the grant, so that none appears or vanishes (R4.11, R4.12).
    pub const fn remaining(&self) -> Minutes {
        Minutes(
            self.granted.saturating_sub(self.used).saturating_sub(self.expired).saturating_sub(self.revoked),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::clamped(1_800_000_000_000);
    const PAID: BookingId = BookingId(7);

    fn grant(status: GrantStatus, remaining: i64, minutes_left: i64) -> Grant {
        let expiry_time = NOW.plus(Minutes(minutes_left));
        Grant { id: GrantId(1), status, remaining: Minutes(remaining), expiry_time }
    }

    fn summary(entries: &[LedgerEntry]) -> Vec<(Movement, i64, i64, GrantStatus)> {
        entries.iter().map(|e| (e.kind, e.minutes.0, e.remaining.0, e.status)).collect()
    }

    /// Covers R4.1.
    #[test]
    fn a_grant_expires_once_at_its_expiry_time() {
        let due = grant(GrantStatus::Available, 20, 0);
        let moved = expire(&due, NOW.plus(Minutes(90))).unwrap();
        assert_eq!((moved.minutes, moved.remaining, moved.at), (Minutes(20), Minutes(0), due.expiry_time));
        assert_eq!(expire(&grant(GrantStatus::Available, 20, 1), NOW), None);
        for status in [GrantStatus::Used, GrantStatus::Expired, GrantStatus::Revoked] {
            assert_eq!(expire(&grant(status, 0, -5), NOW), None);
        }
    }

    /// Covers R4.7.
    #[test]
    fn restored_minutes_make_a_used_grant_available() {
        let moved = give_back(&grant(GrantStatus::Used, 0, 5), Minutes(30), false, PAID, NOW);
        assert_eq!(summary(&moved), [(Movement::Restored, 30, 30, GrantStatus::Available)]);
        assert_eq!(moved[0].booking, Some(PAID));
    }

    /// Covers R4.8.
    #[test]
    fn minutes_restored_to_an_expired_grant_expire_in_an_entry_of_their_own() {
        let back = [
            (Movement::Restored, 30, 30, GrantStatus::Available),
            (Movement::Expired, 30, 0, GrantStatus::Expired),
        ];
        assert_eq!(summary(&give_back(&grant(GrantStatus::Used, 0, 0), Minutes(30), false, PAID, NOW)), back);
        // The minutes that were left had expired before, although no sweep had run.
        let moved = give_back(&grant(GrantStatus::Available, 10, -60), Minutes(30), false, PAID, NOW);
        assert_eq!(summary(&moved[..1]), [(Movement::Expired, 10, 0, GrantStatus::Expired)]);
        assert_eq!(summary(&moved[1..]), back);
        assert_eq!((moved[0].booking, moved[0].at), (None, NOW.minus(Minutes(60))));
    }

    /// Covers R3.24, R4.13.
    #[test]
    fn minutes_that_a_call_off_forgave_are_revoked_when_restored() {
        // A partly spent grant was revoked; a fully spent one stayed `used`.
        for status in [GrantStatus::Revoked, GrantStatus::Used] {
            let moved = give_back(&grant(status, 0, 5), Minutes(30), true, PAID, NOW);
            let back = [
                (Movement::Restored, 30, 30, GrantStatus::Available),
                (Movement::Revoked, 30, 0, GrantStatus::Revoked),
            ];
            assert_eq!(summary(&moved), back, "{status:?}");
        }
    }

    /// Covers R3.20, R4.10.
    #[test]
    fn only_remaining_minutes_are_revoked() {
        let moved = revoke(&grant(GrantStatus::Available, 20, 5), PAID, NOW);
        assert_eq!(summary(&moved), [(Movement::Revoked, 20, 0, GrantStatus::Revoked)]);
        assert_eq!(revoke(&grant(GrantStatus::Used, 0, 5), PAID, NOW), []);
        assert_eq!(
            summary(&revoke(&grant(GrantStatus::Available, 20, 0), PAID, NOW)),
            [(Movement::Expired, 20, 0, GrantStatus::Expired)]
        );
    }

    #[test]
    fn sums_saturate_at_their_limits() {
        let mut sums = Sums::default();
        for kind in [Movement::Used, Movement::Expired, Movement::Expired] {
            sums.add(kind, Minutes(i64::MAX));
        }
        assert_eq!(sums.remaining(), Minutes(i64::MIN));
    }
}
