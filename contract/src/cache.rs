//! How long the answers of a read may be cached, and for whom.

/// Who may be given one cached answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every caller of the operation: nothing in the answer depends on the caller.
    Everyone,
    /// The account that asked, in its role. The origin is asked each time whether the answer still holds.
    Account,
    /// Nobody: the caller alone holds it, and asks the origin whether it still holds.
    Nobody,
}

/// How the answers of an operation are cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheRule {
    /// Who may be given them.
    pub audience: Audience,
    /// For how many seconds an answer is used without asking the origin; 0 for one account's answers.
    fresh_seconds: u32,
    /// How old an answer may be, in seconds, when it is served because the origin is unreachable.
    pub max_stale_seconds: u32,
}

/// No caching.
pub(crate) const NEVER: Option<CacheRule> = None;
/// What seldom changes: the policy and the OpenAPI document.
pub(crate) const SETTINGS: Option<CacheRule> = for_everyone(60, 3600);
/// A version of the policy, which never changes.
pub(crate) const VERSIONS: Option<CacheRule> = for_everyone(24 * 3600, 24 * 3600);
/// Classes as everyone sees them.
pub(crate) const CLASSES: Option<CacheRule> = for_everyone(5, 300);
/// Entries, bookings and makeups of an account: shown for at most the 5 minutes that the plan allows for the queue.
pub(crate) const QUEUE: Option<CacheRule> = for_account(300);
/// Class credit of an account: shown for at most the plan's 30 minutes.
pub(crate) const CREDIT: Option<CacheRule> = for_account(1800);
/// What was said to an account: shown for at most the plan's hour.
pub(crate) const NOTIFICATIONS: Option<CacheRule> = for_account(3600);

/// What the gym's people see of families: stored nowhere on its way.
pub(crate) const DESK: Option<CacheRule> =
    Some(CacheRule { audience: Audience::Nobody, fresh_seconds: 0, max_stale_seconds: 0 });

const fn for_everyone(fresh_seconds: u32, max_stale_seconds: u32) -> Option<CacheRule> {
    Some(CacheRule { audience: Audience::Everyone, fresh_seconds, max_stale_seconds })
}

const fn for_account(max_stale_seconds: u32) -> Option<CacheRule> {
    Some(CacheRule { audience: Audience::Account, fresh_seconds: 0, max_stale_seconds })
}

impl CacheRule {
    /// The `cache-control` of a cached answer. Where the clock can be moved (`movable_clock`), no answer is used without
    /// asking the origin.
    pub fn cache_control(self, movable_clock: bool) -> String {
        match self.audience {
            Audience::Account => "private, no-cache".to_owned(),
            Audience::Nobody => "private, no-store".to_owned(),
            Audience::Everyone if movable_clock => "no-cache".to_owned(),
            Audience::Everyone => format!("public, max-age=0, s-maxage={}", self.fresh_seconds),
        }
    }

    /// Whether an answer of this age may be served while the origin is unreachable.
    pub const fn allows_stale(self, age_ms: i64) -> bool {
        age_ms <= self.max_stale_seconds as i64 * 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_for_everyone_says_for_how_long() {
        let header = |rule: Option<CacheRule>, movable_clock| rule.unwrap().cache_control(movable_clock);
        assert_eq!(header(CLASSES, false), "public, max-age=0, s-maxage=5");
        assert_eq!(header(SETTINGS, true), "no-cache");
        assert_eq!(header(QUEUE, false), "private, no-cache");
        assert_eq!(header(QUEUE, true), "private, no-cache");
        assert_eq!(header(DESK, true), "private, no-store");
    }

    #[test]
    fn nothing_is_served_older_than_the_plan_says() {
        for (rule, seconds) in [(QUEUE, 300), (NOTIFICATIONS, 3600), (CREDIT, 1800)] {
            let rule = rule.unwrap();
            assert!(rule.allows_stale(seconds * 1000) && !rule.allows_stale(seconds * 1000 + 1), "{rule:?}");
        }
    }
}
