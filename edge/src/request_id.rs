//! The id that names a request in logs and responses.

use crate::http::{HeaderList, value};
use crate::keys;

/// The caller's id if it is valid, else a new UUID.
pub(crate) fn of(request: &HeaderList) -> String {
    value(request, "x-request-id").filter(|id| is_valid(id)).map_or_else(keys::new_uuid, str::to_owned)
}

/// 1–64 of `[A-Za-z0-9._-]`: safe in a header, a log line and a file name.
fn is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn ids_are_short_and_safe_to_log() {
        for id in ["a", "0.9_x-Z", &"x".repeat(64)] {
            assert!(is_valid(id), "{id}");
        }
        for id in ["", &"x".repeat(65), "a b", "a\n", "é", "a/b", "a\"b"] {
            assert!(!is_valid(id), "{id:?}");
        }
    }
}
