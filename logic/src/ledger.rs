//! How minutes move on grants (RULES §4): every function answers movements, which the backend stores as they are.
//!
//! Invariant: for every grant, `compensation_minutes = remaining + used − restored + expired + revoked`, because a
//! movement changes `remaining` by exactly its minutes. Each function first expires what is due, so that no
//! answer depends on whether a sweep has run.

use crate::compensation::{Grant, UsageType, Use};
use crate::ids::{BookingId, GrantId};
use crate::status::{GrantStatus, Movement};
use crate::time::{Instant, Minutes};

/// One movement, and where the grant stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// On which grant.
    pub grant: GrantId,
    /// What happened.
    pub kind: Movement,
    /// To how many minutes, 1 or more.
    pub minutes: Minutes,
    /// Left on the grant after it.
    pub remaining: Minutes,
    /// Where the grant stands after it.
    pub status: GrantStatus,
    /// Whether a use took the grant to zero.
    pub usage_type: Option<UsageType>,
    /// The booking that the movement is for.
    pub booking: Option<BookingId>,
    /// When.
    pub at: Instant,
}

/// A grant under way through several movements.
struct GrantCursor {
    grant: Grant,
    moved: Vec<LedgerEntry>,
}

impl GrantCursor {
    fn of(grant: &Grant) -> Self {
        Self { grant: *grant, moved: Vec::new() }
    }

    fn take(&mut self, kind: Movement, minutes: Minutes, status: GrantStatus, at: Instant) {
        let change = if kind == Movement::Restored { minutes.0 } else { minutes.0.saturating_neg() };
        self.grant.remaining = Minutes(self.grant.remaining.0.saturating_add(change));
        self.grant.status = status;
        self.moved.push(LedgerEntry {
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

    /// Expires what is due, as of the instant at which it was.
    fn settle(&mut self, now: Instant) {
        let Grant { status, remaining, expiry_time, .. } = self.grant;
        if status == GrantStatus::Available && remaining.0 > 0 && expiry_time <= now {
            self.take(Movement::Expired, remaining, GrantStatus::Expired, expiry_time);
        }
    }

    fn for_booking(mut self, booking: BookingId) -> Vec<LedgerEntry> {
        self.moved.iter_mut().for_each(|moved| moved.booking = Some(booking));
        self.moved
    }
}

/// What expires of `grant` by `now`: all that remains of it, as of its expiry time.
pub fn expire(grant: &Grant, now: Instant) -> Option<LedgerEntry> {
    let mut moving = GrantCursor::of(grant);
    moving.settle(now);
    moving.moved.pop()
}

/// The uses of a plan as movements, for the booking that they pay.
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

/// `minutes` that `booking` had spent of `grant` come back to it. To a grant past its expiry they are written back
/// and expired, in one movement each. `forgiven` says that the grant's makeup was called off, which left the minutes
/// spent and the missed class owed again (RULES §3): they are written back and revoked, so that nobody has both.
pub fn give_back(
    grant: &Grant,
    minutes: Minutes,
    forgiven: bool,
    booking: BookingId,
    now: Instant,
) -> Vec<LedgerEntry> {
    let mut moving = GrantCursor::of(grant);
    moving.settle(now);
    let settled = moving.moved.len();
    if minutes.0 > 0 {
        moving.take(Movement::Restored, minutes, GrantStatus::Available, now);
        if forgiven {
            moving.take(Movement::Revoked, minutes, GrantStatus::Revoked, now);
        } else if grant.expiry_time <= now {
            moving.take(Movement::Expired, minutes, GrantStatus::Expired, now);
        }
    }
    let own = moving.moved.split_off(settled);
    let own = GrantCursor { grant: moving.grant, moved: own }.for_booking(booking);
    moving.moved.into_iter().chain(own).collect()
}

/// What is left of `grant` is taken back with the makeup's `booking` that it came with.
pub fn revoke(grant: &Grant, booking: BookingId, now: Instant) -> Vec<LedgerEntry> {
    let mut moving = GrantCursor::of(grant);
    moving.settle(now);
    let Grant { status, remaining, .. } = moving.grant;
    if status != GrantStatus::Available || remaining.0 <= 0 {
        return moving.moved;
    }
    moving.take(Movement::Revoked, remaining, GrantStatus::Revoked, now);
    moving.for_booking(booking)
}

/// The ledger of one grant, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Came with the makeup.
    pub granted: i64,
    /// Paid for bookings, less what came back.
    pub used: i64,
    /// Ran out.
    pub expired: i64,
    /// Taken back.
    pub revoked: i64,
}

impl Sums {
    /// Adds `minutes` that moved.
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

    /// What has to remain for no minute to have appeared or vanished.
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

    fn told(moved: &[LedgerEntry]) -> Vec<(Movement, i64, i64, GrantStatus)> {
        moved.iter().map(|m| (m.kind, m.minutes.0, m.remaining.0, m.status)).collect()
    }

    #[test]
    fn a_grant_expires_at_its_expiry_time_and_once() {
        let due = grant(GrantStatus::Available, 20, 0);
        let moved = expire(&due, NOW.plus(Minutes(90))).unwrap();
        assert_eq!((moved.minutes, moved.remaining, moved.at), (Minutes(20), Minutes(0), due.expiry_time));
        assert_eq!(expire(&grant(GrantStatus::Available, 20, 1), NOW), None);
        for status in [GrantStatus::Used, GrantStatus::Expired, GrantStatus::Revoked] {
            assert_eq!(expire(&grant(status, 0, -5), NOW), None);
        }
    }

    #[test]
    fn minutes_come_back_to_a_spent_grant() {
        let moved = give_back(&grant(GrantStatus::Used, 0, 5), Minutes(30), false, PAID, NOW);
        assert_eq!(told(&moved), [(Movement::Restored, 30, 30, GrantStatus::Available)]);
        assert_eq!(moved[0].booking, Some(PAID));
    }

    #[test]
    fn minutes_that_come_back_late_expire_in_a_movement_of_their_own() {
        let back = [
            (Movement::Restored, 30, 30, GrantStatus::Available),
            (Movement::Expired, 30, 0, GrantStatus::Expired),
        ];
        assert_eq!(told(&give_back(&grant(GrantStatus::Used, 0, 0), Minutes(30), false, PAID, NOW)), back);
        // What was left on it, though no sweep came by, ran out before.
        let moved = give_back(&grant(GrantStatus::Available, 10, -60), Minutes(30), false, PAID, NOW);
        assert_eq!(told(&moved[..1]), [(Movement::Expired, 10, 0, GrantStatus::Expired)]);
        assert_eq!(told(&moved[1..]), back);
        assert_eq!((moved[0].booking, moved[0].at), (None, NOW.minus(Minutes(60))));
    }

    #[test]
    fn what_a_call_off_forgave_is_no_credit_again() {
        // Spent in part, the rest was revoked; spent whole, nothing was.
        for status in [GrantStatus::Revoked, GrantStatus::Used] {
            let moved = give_back(&grant(status, 0, 5), Minutes(30), true, PAID, NOW);
            let back = [
                (Movement::Restored, 30, 30, GrantStatus::Available),
                (Movement::Revoked, 30, 0, GrantStatus::Revoked),
            ];
            assert_eq!(told(&moved), back, "{status:?}");
        }
    }

    #[test]
    fn only_what_is_left_can_be_revoked() {
        let moved = revoke(&grant(GrantStatus::Available, 20, 5), PAID, NOW);
        assert_eq!(told(&moved), [(Movement::Revoked, 20, 0, GrantStatus::Revoked)]);
        assert_eq!(revoke(&grant(GrantStatus::Used, 0, 5), PAID, NOW), []);
        assert_eq!(
            told(&revoke(&grant(GrantStatus::Available, 20, 0), PAID, NOW)),
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
