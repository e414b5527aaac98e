//! Which responses are cached, for whom, and how old they may be when the origin is away.

/// Who may be given a cached response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every caller of the route: nothing in the response is about one of them. The origin's `s-maxage` says how long
    /// it is fresh.
    Everyone,
    /// The account that asked, in its role. The origin is asked each time whether the response still holds.
    Account,
}

/// How the responses of one route are cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheRule {
    /// Who may be given them.
    pub(crate) audience: Audience,
    /// How old a response may be, in seconds, when it is served because the origin is away.
    pub(crate) max_stale_seconds: i64,
}

impl CacheRule {
    /// Whether a response of this age may be served while the origin is away.
    pub(super) fn allows_stale(self, age_ms: i64) -> bool {
        age_ms <= self.max_stale_seconds * 1000
    }
}

/// The plan's bound for the queue. Classes and bookings are not served any older.
const QUEUE: i64 = 300;
/// The plan's bound for credit.
const CREDIT: i64 = 1800;
/// The plan's bound for notifications. The policy and the contract change with a release, and may be as old.
const NOTIFICATIONS: i64 = 3600;

/// The rule for a GET of this route; `None`: its responses are not cached. `deadline-check` is not: it settles what is
/// overdue, which only the origin can do.
pub(crate) fn rule(pattern: &str) -> Option<CacheRule> {
    let (audience, max_stale_seconds) = match pattern {
        "/api/v1/policy" | "/api/v1/openapi.json" => (Audience::Everyone, NOTIFICATIONS),
        "/api/v1/sessions" | "/api/v1/sessions/{id}/{date}" => (Audience::Everyone, QUEUE),
        "/api/v1/waitlist/my"
        | "/api/v1/waitlist/{id}"
        | "/api/v1/waitlist/position/{id}"
        | "/api/v1/profiles"
        | "/api/v1/bookings/my"
        | "/api/v1/makeup/available"
        | "/api/v1/makeup/owed"
        | "/api/v1/makeup/my" => (Audience::Account, QUEUE),
        "/api/v1/waitlist/{id}/notifications" | "/api/v1/notifications/my" => {
            (Audience::Account, NOTIFICATIONS)
        }
        "/api/v1/compensation/balance" | "/api/v1/compensation/history" => (Audience::Account, CREDIT),
        _ => return None,
    };
    Some(CacheRule { audience, max_stale_seconds })
}

/// How long the origin lets a shared cache serve a response without asking again, in milliseconds: its `s-maxage`.
pub(super) fn fresh_ms(cache_control: &str) -> i64 {
    let directive = |name: &str| {
        cache_control.split(',').find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('='))
    };
    let seconds = directive("s-maxage").and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or(0);
    i64::from(seconds) * 1000
}

/// Whether the origin lets a response be stored for this audience.
pub(super) fn may_store(audience: Audience, cache_control: &str) -> bool {
    let has = |name: &str| cache_control.split(',').any(|part| part.trim().eq_ignore_ascii_case(name));
    match audience {
        _ if cache_control.is_empty() || has("no-store") => false,
        Audience::Everyone => !has("private"),
        Audience::Account => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_reads_are_for_their_account_alone() {
        for pattern in ["/api/v1/waitlist/my", "/api/v1/profiles", "/api/v1/makeup/available"] {
            assert_eq!(rule(pattern).map(|rule| rule.audience), Some(Audience::Account), "{pattern}");
        }
        assert_eq!(rule("/api/v1/waitlist/deadline-check"), None);
        assert_eq!(rule("/api/v1/time"), None);
    }

    #[test]
    fn nothing_is_served_older_than_the_plan_allows() {
        for (pattern, seconds) in [
            ("/api/v1/waitlist/my", 300),
            ("/api/v1/waitlist/position/{id}", 300),
            ("/api/v1/notifications/my", 3600),
            ("/api/v1/compensation/balance", 1800),
        ] {
            let rule = rule(pattern).unwrap();
            assert!(rule.allows_stale(seconds * 1000) && !rule.allows_stale(seconds * 1000 + 1), "{pattern}");
        }
    }

    #[test]
    fn freshness_is_s_maxage() {
        assert_eq!(fresh_ms("public, max-age=0, s-maxage=5"), 5000);
        assert_eq!(fresh_ms("s-maxage = 7"), 7000);
        for none in ["", "no-cache", "public, max-age=9", "s-maxage=x", "s-maxage=-1", "private, no-cache"] {
            assert_eq!(fresh_ms(none), 0, "{none}");
        }
    }

    #[test]
    fn cache_control_says_who_may_be_given_a_response() {
        assert!(may_store(Audience::Everyone, "public, max-age=0, s-maxage=5"));
        assert!(may_store(Audience::Everyone, "no-cache"));
        assert!(!may_store(Audience::Everyone, "private, no-cache"));
        assert!(may_store(Audience::Account, "private, no-cache"));
        for none in ["", "no-store", "private, No-Store"] {
            assert!(!may_store(Audience::Account, none) && !may_store(Audience::Everyone, none), "{none}");
        }
    }
}
