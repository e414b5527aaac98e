//! Which writes with an `Idempotency-Key` the precheck may judge (API, "Idempotency").
//!
//! A key may have been answered before, and that answer must be repeated; only the origin knows it. So a keyed write is
//! left to the origin, unless its caller says `Idempotency-First: 1`: no request with this key was sent before. A client
//! tells the truth about that, but what lies between may send a request twice. So this instance remembers each key that
//! it saw for a minute, and leaves the second request to the origin, whatever that says.

use crate::http::{HeaderList, value};
use contract::headers::{IDEMPOTENCY_FIRST, IDEMPOTENCY_KEY};
use contract::idempotency::is_well_formed;
use logic::Instant;
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// How long a key is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 60_000;
/// How many keys are remembered. Beyond them, a keyed write is left to the origin.
const MOST_KEYS: usize = 10_000;

thread_local! {
    static SEEN: RefCell<SeenKeys> = RefCell::default();
}

/// Whether the precheck may judge a write of `account`, and remembers its key.
pub(crate) fn may_judge(headers: &HeaderList, account: Option<&str>, now: Instant) -> bool {
    let Some(key) = value(headers, IDEMPOTENCY_KEY) else { return true };
    // Without an account there is nobody to remember the key for; the origin refuses a malformed key.
    let Some(account) = account.filter(|_| is_well_formed(key)) else { return false };
    let is_new = SEEN.with_borrow_mut(|seen| seen.add(account, key, now));
    is_new && value(headers, IDEMPOTENCY_FIRST) == Some("1")
}

/// The keys that were seen within the last minute.
#[derive(Default)]
struct SeenKeys {
    keys: BTreeSet<Rc<str>>,
    /// In the order in which they are forgotten: when, in epoch milliseconds, and which.
    by_end: VecDeque<(i64, Rc<str>)>,
}

impl SeenKeys {
    /// Remembers a key. Whether it is known to be new: not if it was seen, nor if there is no room to remember it.
    fn add(&mut self, account: &str, key: &str, now: Instant) -> bool {
        while let Some((_, old)) = self.by_end.pop_front_if(|(end, _)| *end <= now.millis()) {
            self.keys.remove(&old);
        }
        // An account is a number, so the slash ends it.
        let entry: Rc<str> = format!("{account}/{key}").into();
        if self.keys.len() >= MOST_KEYS || !self.keys.insert(Rc::clone(&entry)) {
            return false;
        }
        self.by_end.push_back((now.millis() + REMEMBERED_MS, entry));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Instant {
        Instant::clamped(1_800_000_000_000 + ms)
    }

    fn headers(key: Option<&str>, first: Option<&str>) -> HeaderList {
        let key = key.map(|key| (IDEMPOTENCY_KEY, key.to_owned()));
        key.into_iter().chain(first.map(|first| (IDEMPOTENCY_FIRST, first.to_owned()))).collect()
    }

    #[test]
    fn only_the_first_attempt_of_a_key_is_judged() {
        fn judged(key: Option<&str>, first: Option<&str>) -> bool {
            may_judge(&headers(key, first), Some("7"), at(0))
        }
        assert!(judged(None, None) && judged(None, Some("1")), "a write without a key");
        assert!(!judged(Some("a"), None), "the header is missing");
        assert!(!judged(Some("a"), Some("1")), "the key was seen without the header");
        assert!(judged(Some("b"), Some("1")));
        assert!(!judged(Some("b"), Some("1")), "a second sight is a repeat");
        for other in ["0", "true", "", "1, 1", "01"] {
            let key = format!("other {other}");
            assert!(!judged(Some(&key), Some(other)), "{other}");
        }
    }

    #[test]
    fn malformed_keys_and_callers_without_an_account_are_left_to_the_origin() {
        fn first(key: &str, account: Option<&str>) -> bool {
            may_judge(&headers(Some(key), Some("1")), account, at(0))
        }
        for key in ["", "é", "a\tb", &"x".repeat(65)] {
            assert!(!first(key, Some("7")), "{key:?}");
        }
        assert!(first(&"x".repeat(64), Some("7")));
        assert!(!first("nobody's", None));
    }

    #[test]
    fn keys_are_remembered_by_account_for_a_minute() {
        let mut seen = SeenKeys::default();
        assert!(seen.add("7", "k", at(0)));
        assert!(!seen.add("7", "k", at(59_999)));
        assert!(seen.add("8", "k", at(0)), "another account's key is another key");
        assert!(seen.add("7", "k", at(60_000)));
        assert_eq!((seen.keys.len(), seen.by_end.len()), (1, 1), "the others are forgotten");
    }

    #[test]
    fn beyond_the_most_keys_none_is_known_to_be_new() {
        let mut seen = SeenKeys::default();
        for n in 0..MOST_KEYS {
            assert!(seen.add("7", &n.to_string(), at(0)));
        }
        assert!(!seen.add("7", "one more", at(1)));
        assert_eq!(seen.by_end.len(), MOST_KEYS);
        assert!(seen.add("7", "one more", at(REMEMBERED_MS)));
    }
}
