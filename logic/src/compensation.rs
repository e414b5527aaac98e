//! Class credit: minutes that a shorter makeup earned, to be spent on bookings before they expire (RULES §4).

use crate::deadline::ends_soon;
use crate::error::{Code, Facts, Refusal};
use crate::ids::GrantId;
use crate::makeup::check_duration;
use crate::policy::Policy;
use crate::status::GrantStatus;
pub use crate::status::UsageType;
use crate::time::{Instant, Minutes};

/// A grant of class credit, with what matters for spending it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The grant's id.
    pub id: GrantId,
    /// The grant's status.
    pub status: GrantStatus,
    /// Minutes left.
    pub remaining: Minutes,
    /// The instant from which the grant can no longer be spent.
    pub expiry_time: Instant,
}

impl Grant {
    /// Returns whether the grant can be spent at `now` (R4.1).
    pub fn is_live(&self, now: Instant) -> bool {
        self.status == GrantStatus::Available && self.remaining.0 > 0 && self.expiry_time > now
    }
}

/// The minutes that a plan takes from one grant (R4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The grant.
    pub compensation_id: GrantId,
    /// Minutes taken.
    pub used: Minutes,
    /// Minutes left on the grant afterwards.
    pub remaining: Minutes,
    /// Whether the grant is then empty.
    pub usage_type: UsageType,
}

/// Returns the expiry time of a grant that is created at `created` (R3.6).
pub const fn expiry_of_grant(created: Instant, policy: &Policy) -> Instant {
    created.plus(policy.compensation_validity)
}

/// Returns the live grants in the order in which they are spent: by their expiry time, then by their id (R4.2).
pub fn live_grants(grants: &[Grant], now: Instant) -> Vec<Grant> {
    let mut live: Vec<Grant> = grants.iter().filter(|grant| grant.is_live(now)).copied().collect();
    live.sort_by_key(|grant| (grant.expiry_time, grant.id));
    live
}

/// Returns the sum of the minutes of all live grants that expire soon (R4.14).
pub fn expiring_soon(grants: &[Grant], now: Instant, policy: &Policy) -> Minutes {
    let soon: Vec<Grant> =
        grants.iter().filter(|grant| ends_soon(grant.expiry_time, now, policy)).copied().collect();
    available(&soon, now)
}

/// Returns the sum of the minutes of all live grants.
pub fn available(grants: &[Grant], now: Instant) -> Minutes {
    let live = grants.iter().filter(|grant| grant.is_live(now));
    live.fold(Minutes(0), |sum, grant| Minutes(sum.0.saturating_add(grant.remaining.0)))
}

/// Plans how to spend `required` minutes at `now` (R4.2).
///
/// Live grants are spent in the order of their expiry time, then of their id. The plan covers all of `required`.
///
/// # Errors
/// `invalid_duration` unless `required` is in 1..=1440 (R4.4); `insufficient_compensation` with the minutes
/// required and available if the live grants do not suffice (R4.3).
///
/// # Examples
/// ```
/// use logic::compensation::{Grant, UsageType, plan_compensation};
/// use logic::ids::GrantId;
/// use logic::status::GrantStatus;
/// use logic::{Instant, Minutes};
///
/// let now = Instant::clamped(1_772_000_000_000);
/// let grant = |id, minutes, days| Grant {
///     id: GrantId(id),
///     status: GrantStatus::Available,
///     remaining: Minutes(minutes),
///     expiry_time: now.plus(Minutes::days(days)),
/// };
/// let grants = [grant(1, 30, 9), grant(2, 15, 2)];
///
/// // The grant that expires first goes first.
/// let plan = plan_compensation(&grants, Minutes(40), now)?;
/// assert_eq!((plan[0].compensation_id, plan[0].used), (GrantId(2), Minutes(15)));
/// assert_eq!((plan[1].compensation_id, plan[1].used), (GrantId(1), Minutes(25)));
/// assert_eq!((plan[1].remaining, plan[1].usage_type), (Minutes(5), UsageType::PartialUse));
///
/// let refusal = plan_compensation(&grants, Minutes(60), now).unwrap_err();
/// assert_eq!(refusal.code.as_str(), "insufficient_compensation");
/// # Ok::<(), logic::Refusal>(())
/// ```
pub fn plan_compensation(grants: &[Grant], required: Minutes, now: Instant) -> Result<Vec<Use>, Refusal> {
    check_duration(required)?;
    let available = available(grants, now);
    if available < required {
        return Err(Refusal {
            code: Code::InsufficientCompensation,
            facts: Facts::Minutes { required, available },
        });
    }
    let mut missing = required.0;
    let mut uses = Vec::new();
    for grant in live_grants(grants, now) {
        if missing == 0 {
            break;
        }
        let used = grant.remaining.0.min(missing);
        let remaining = grant.remaining.0 - used;
        missing -= used;
        uses.push(Use {
            compensation_id: grant.id,
            used: Minutes(used),
            remaining: Minutes(remaining),
            usage_type: if remaining == 0 { UsageType::FullUse } else { UsageType::PartialUse },
        });
    }
    Ok(uses)
}
