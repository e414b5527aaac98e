//! Versions of the policy: which one holds for a class, and when a new one may begin (R1.21 to R1.25).

#[cfg(feature = "api")]
use crate::error::{Code, Refusal};
use crate::ids::PolicyId;
#[cfg(feature = "api")]
use crate::status::SessionStatus;
use crate::time::{Instant, Minutes};

/// The first version holds from this instant: before every class.
pub const FIRST_EFFECTIVE_FROM: Instant = Instant::clamped(31_536_000_000);
/// The least time between setting a version and the instant from which it holds (R1.23).
pub const NOTICE: Minutes = Minutes(2);

/// A version of the policy, and from when it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its id.
    pub id: PolicyId,
    /// Classes that start at this instant or later are judged by it.
    pub effective_from: Instant,
}

/// Returns the version that is in force at `starts_at`, by which a class that starts then is judged (R1.21): the newest that
/// holds by then. Of versions that hold from the same instant, the later in the list wins. `versions` are in the order in
/// which they were inserted. `None` if none holds by then.
pub fn policy_at(versions: &[PolicyVersion], starts_at: Instant) -> Option<PolicyId> {
    let in_force = versions.iter().filter(|version| version.effective_from <= starts_at);
    // Of equal maxima, `max_by_key` returns the last.
    in_force.max_by_key(|version| version.effective_from).map(|version| version.id)
}

/// Returns the version that comes into force next after `now`. Of versions that hold from the same instant, the later in the
/// list wins.
pub fn next_version(versions: &[PolicyVersion], now: Instant) -> Option<PolicyVersion> {
    let first = versions.iter().map(|version| version.effective_from).filter(|from| *from > now).min()?;
    versions.iter().rev().find(|version| version.effective_from == first).copied()
}

/// Returns from when a new version holds (R1.23): from `wanted`, or as soon as possible.
///
/// # Errors
/// `invalid_policy` if `wanted` is sooner than [`NOTICE`] from now. The instant of a version that is not yet in force is
/// never too soon, so that a mistake in it can be replaced at once.
#[cfg(feature = "api")]
pub fn effective_from(
    wanted: Option<Instant>,
    versions: &[PolicyVersion],
    now: Instant,
) -> Result<Instant, Refusal> {
    let soonest = now.plus(NOTICE);
    let Some(wanted) = wanted else { return Ok(soonest) };
    let withdraws = wanted > now && versions.iter().any(|version| version.effective_from == wanted);
    if wanted >= soonest || withdraws {
        return Ok(wanted);
    }
    let why = format!(
        "effective_from must be {} or later, or that of a version that has not yet come",
        soonest.to_rfc3339()
    );
    Err(Refusal::because(Code::InvalidPolicy, why))
}

/// Checks that the version of a class may be chosen anew (R1.26). `was_promised` is whether it ever had an entry, an offer, a
/// leave or a right to a makeup.
///
/// # Errors
/// `conflict`, with the reason.
#[cfg(feature = "api")]
pub fn check_choice(
    status: SessionStatus,
    starts_at: Instant,
    was_promised: bool,
    now: Instant,
) -> Result<(), Refusal> {
    let why = if now >= starts_at {
        "the class has started"
    } else if status == SessionStatus::Cancelled {
        "the class is called off"
    } else if was_promised {
        "somebody waited for the class, took leave from it or may make it up: its version stays"
    } else {
        return Ok(());
    };
    Err(Refusal::because(Code::Conflict, why))
}

/// Returns whether only the version in force at `now` can come to apply to a class that starts at `starts_at`, whatever
/// is set from now on: `next` is the first version that has not yet come (R1.25).
pub fn is_settled(starts_at: Instant, next: Option<Instant>, now: Instant) -> bool {
    starts_at <= now || (starts_at < now.plus(NOTICE) && next.is_none_or(|next| starts_at < next))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(minute: i64) -> Instant {
        Instant::clamped(1_800_000_000_000).plus(Minutes(minute))
    }

    fn versions(from: &[i64]) -> Vec<PolicyVersion> {
        let ids = (1..).map(PolicyId);
        ids.zip(from).map(|(id, from)| PolicyVersion { id, effective_from: at(*from) }).collect()
    }

    /// Covers R1.21.
    #[test]
    fn the_newest_version_that_holds_by_the_start_judges_a_class() {
        let versions = versions(&[0, 20, 10, 20]);
        let id = |minute| policy_at(&versions, at(minute)).map(|id| id.0);
        assert_eq!([id(-1), id(0), id(9), id(10), id(19)], [None, Some(1), Some(1), Some(3), Some(3)]);
        assert_eq!([id(20), id(1_000)], [Some(4), Some(4)], "of equal instants the later insert");
        assert_eq!(policy_at(&[], at(0)), None);
    }

    /// Covers R1.23.
    #[test]
    fn a_version_needs_two_minutes_of_notice_unless_it_withdraws_another() {
        let versions = versions(&[-10, 1, 30]);
        let from = |wanted| effective_from(Some(at(wanted)), &versions, at(0)).map_err(|no| no.code);
        assert_eq!(effective_from(None, &versions, at(0)).unwrap(), at(2));
        assert_eq!(from(2), Ok(at(2)));
        assert_eq!(from(1), Ok(at(1)), "that of a version that has not yet come");
        for too_soon in [0, -10] {
            assert_eq!(from(too_soon), Err(Code::InvalidPolicy), "{too_soon}");
        }
    }

    /// Covers R1.22.
    #[test]
    fn the_next_version_is_the_first_that_has_not_yet_come() {
        let versions = versions(&[-10, 30, 20, 20]);
        let next = |minute| next_version(&versions, at(minute)).map(|next| next.id.0);
        assert_eq!([next(0), next(20), next(30)], [Some(4), Some(2), None]);
    }

    /// Covers R1.26.
    #[test]
    fn the_version_of_a_class_is_chosen_anew_only_where_nothing_was_promised() {
        use SessionStatus::{Cancelled, Scheduled};
        let check =
            |status, start, promised| check_choice(status, at(start), promised, at(0)).map_err(|no| no.code);
        assert_eq!(check(Scheduled, 1, false), Ok(()));
        for refused in [check(Scheduled, 0, false), check(Cancelled, 1, false), check(Scheduled, 1, true)] {
            assert_eq!(refused, Err(Code::Conflict));
        }
    }

    /// Covers R1.25.
    #[test]
    fn a_class_so_near_that_no_new_version_reaches_it_is_settled() {
        let settled = |start, next: Option<i64>| is_settled(at(start), next.map(at), at(0));
        assert!(settled(0, Some(-1)) && settled(1, None) && settled(1, Some(2)));
        assert!(!settled(2, None) && !settled(1, Some(1)) && !settled(60, None));
    }
}
