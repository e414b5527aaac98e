//! The id that names a request in every log line and answer.

/// Whether a caller's id is taken over: 1 to 64 of `[A-Za-z0-9._-]`, which is safe in a header, a log line and a file
/// name. Any other is replaced by a new UUID.
pub fn is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn an_id_that_cannot_be_logged_as_it_is_is_replaced() {
        for id in ["a", "0.9_x-Z", &"x".repeat(64)] {
            assert!(is_valid(id), "{id}");
        }
        for id in ["", &"x".repeat(65), "a b", "a\n", "é", "a/b", "a\"b"] {
            assert!(!is_valid(id), "{id:?}");
        }
    }
}
