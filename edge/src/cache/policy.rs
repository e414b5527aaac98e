//! What the origin's `cache-control` allows.

use contract::cache::Audience;

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
        Audience::Nobody => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
