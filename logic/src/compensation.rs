//! Class credit: minutes granted for shorter makeups, spent on bookings before they expire (RULES §4).

use serde::{Deserialize, Serialize};

use crate::error::{Code, Facts, Refusal};
use crate::ids::GrantId;
use crate::makeup::check_duration;
use crate::policy::Policy;
use crate::status::GrantStatus;
use crate::time::{Instant, Minutes};

/// A grant, as far as spending it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// Where it stands.
    pub status: GrantStatus,
    /// Minutes not spent yet.
    pub remaining: Minutes,
    /// It can be spent before this instant.
    pub expiry_time: Instant,
}

impl Grant {
    /// Whether there is something of it to spend at `now`.
    pub fn is_live(&self, now: Instant) -> bool {
        self.status == GrantStatus::Available && self.remaining.0 > 0 && self.expiry_time > now
    }
}

/// Whether a use took a grant to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UsageType {
    /// It did: the grant becomes `used`.
    FullUse,
    /// It did not.
    PartialUse,
}

impl UsageType {
    /// The name that clients see and the database stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullUse => "full_use",
            Self::PartialUse => "partial_use",
        }
    }

    /// Reads that name back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::FullUse, Self::PartialUse].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a plan takes from one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// From which.
    pub compensation_id: GrantId,
    /// How much.
    pub used: Minutes,
    /// What stays on it.
    pub remaining: Minutes,
    /// Whether that is nothing.
    pub usage_type: UsageType,
}

/// When a grant made at `created` expires.
pub const fn expiry_of_grant(created: Instant, policy: &Policy) -> Instant {
    created.plus(policy.compensation_validity)
}

/// The minutes of all live grants.
pub fn available(grants: &[Grant], now: Instant) -> Minutes {
    let live = grants.iter().filter(|grant| grant.is_live(now));
    live.fold(Minutes(0), |sum, grant| Minutes(sum.0.saturating_add(grant.remaining.0)))
}

/// What to take from which grant to spend `required` minutes at `now`: those that expire first go first, then
/// the lower id; all of `required` or nothing.
///
/// # Errors
/// `invalid_duration` unless `required` is in 1..=1440; `insufficient_compensation`, with the minutes, where
/// the live grants fall short.
pub fn plan_compensation(grants: &[Grant], required: Minutes, now: Instant) -> Result<Vec<Use>, Refusal> {
    check_duration(required)?;
    let available = available(grants, now);
    if available < required {
        return Err(Refusal {
            code: Code::InsufficientCompensation,
            facts: Facts::Minutes { required, available },
        });
    }
    let mut live: Vec<&Grant> = grants.iter().filter(|grant| grant.is_live(now)).collect();
    live.sort_by_key(|grant| (grant.expiry_time, grant.id));
    let mut missing = required.0;
    let mut uses = Vec::new();
    for grant in live {
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
