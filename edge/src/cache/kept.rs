//! What is kept, for whom, and how old it may get while the origin is away.

/// For whom an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Anyone who may ask: nothing in it is about the one who does. The origin's `cache-control` says how long it is
    /// fresh.
    Everyone,
    /// The account that asked, in its role. The origin is asked each time whether it still holds.
    Account,
}

/// How an answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// For whom.
    pub(crate) whom: For,
    /// How old it may be, in seconds, when it is shown because the origin is away.
    pub(crate) stale_seconds: i64,
}

impl Kept {
    /// Whether an answer of this age may be shown because the origin is away.
    pub(super) fn may_show(self, age_ms: i64) -> bool {
        age_ms <= self.stale_seconds * 1000
    }
}

/// The plan's longest age of the queue. What a class or a booking looks like is not shown any older.
const QUEUE: i64 = 300;
/// The plan's longest age of credit.
const CREDIT: i64 = 1800;
/// The plan's longest age of notifications. The policy and the contract, which change with a release, may be as old.
const NOTIFICATIONS: i64 = 3600;

/// How the answers to a GET of this route are kept; `None`: they are not. `deadline-check` is none of them: it settles
/// what is overdue, which is the origin's to do.
pub(crate) fn kept(pattern: &str) -> Option<Kept> {
    let (whom, stale_seconds) = match pattern {
        "/api/v1/policy" | "/api/v1/openapi.json" => (For::Everyone, NOTIFICATIONS),
        "/api/v1/sessions" | "/api/v1/sessions/{id}/{date}" => (For::Everyone, QUEUE),
        "/api/v1/waitlist/my"
        | "/api/v1/waitlist/{id}"
        | "/api/v1/waitlist/position/{id}"
        | "/api/v1/profiles"
        | "/api/v1/bookings/my"
        | "/api/v1/makeup/available"
        | "/api/v1/makeup/owed"
        | "/api/v1/makeup/my" => (For::Account, QUEUE),
        "/api/v1/waitlist/{id}/notifications" | "/api/v1/notifications/my" => (For::Account, NOTIFICATIONS),
        "/api/v1/compensation/balance" | "/api/v1/compensation/history" => (For::Account, CREDIT),
        _ => return None,
    };
    Some(Kept { whom, stale_seconds })
}

/// For how long the origin lets anyone keep an answer without asking again, in milliseconds: its `s-maxage`.
pub(super) fn fresh_ms(cache_control: &str) -> i64 {
    let directive = |name: &str| {
        cache_control.split(',').find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('='))
    };
    let seconds = directive("s-maxage").and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or(0);
    i64::from(seconds) * 1000
}

/// Whether the origin lets an answer be kept for `whom`.
pub(super) fn may_keep(whom: For, cache_control: &str) -> bool {
    let says = |name: &str| cache_control.split(',').any(|part| part.trim().eq_ignore_ascii_case(name));
    match whom {
        _ if cache_control.is_empty() || says("no-store") => false,
        For::Everyone => !says("private"),
        For::Account => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_about_anyone_is_kept_for_everyone() {
        for pattern in ["/api/v1/waitlist/my", "/api/v1/profiles", "/api/v1/makeup/available"] {
            assert_eq!(kept(pattern).map(|kept| kept.whom), Some(For::Account), "{pattern}");
        }
        assert_eq!(kept("/api/v1/waitlist/deadline-check"), None);
        assert_eq!(kept("/api/v1/time"), None);
    }

    #[test]
    fn nothing_is_shown_older_than_the_plan_says() {
        for (pattern, seconds) in [
            ("/api/v1/waitlist/my", 300),
            ("/api/v1/waitlist/position/{id}", 300),
            ("/api/v1/notifications/my", 3600),
            ("/api/v1/compensation/balance", 1800),
        ] {
            let kept = kept(pattern).unwrap();
            assert!(kept.may_show(seconds * 1000) && !kept.may_show(seconds * 1000 + 1), "{pattern}");
        }
    }

    #[test]
    fn the_origin_says_for_how_long() {
        assert_eq!(fresh_ms("public, max-age=0, s-maxage=5"), 5000);
        assert_eq!(fresh_ms("s-maxage = 7"), 7000);
        for none in ["", "no-cache", "public, max-age=9", "s-maxage=x", "s-maxage=-1", "private, no-cache"] {
            assert_eq!(fresh_ms(none), 0, "{none}");
        }
    }

    #[test]
    fn the_origin_says_for_whom() {
        assert!(may_keep(For::Everyone, "public, max-age=0, s-maxage=5"));
        assert!(may_keep(For::Everyone, "no-cache"));
        assert!(!may_keep(For::Everyone, "private, no-cache"));
        assert!(may_keep(For::Account, "private, no-cache"));
        for none in ["", "no-store", "private, No-Store"] {
            assert!(!may_keep(For::Account, none) && !may_keep(For::Everyone, none), "{none}");
        }
    }
}
