//! The id that names a request in every log and answer it leaves.

use crate::border::{Lines, value};
use crate::keys;

/// The caller's id if it is sane, else a new UUID.
pub(crate) fn of(asked: &Lines) -> String {
    value(asked, "x-request-id").filter(|id| is_sane(id)).map_or_else(keys::new_uuid, str::to_owned)
}

/// 1–64 of `[A-Za-z0-9._-]`: safe in a header, a log line and a file name.
fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn what_could_not_be_logged_as_it_is_is_not_sane() {
        for id in ["a", "0.9_x-Z", &"x".repeat(64)] {
            assert!(is_sane(id), "{id}");
        }
        for id in ["", &"x".repeat(65), "a b", "a\n", "é", "a/b", "a\"b"] {
            assert!(!is_sane(id), "{id:?}");
        }
    }
}
