//! Idempotency keys: what `Idempotency-Key` may hold.

/// The longest key, in characters.
const MAX_LENGTH: usize = 64;

/// Why a malformed key is refused.
pub const MALFORMED: &str = "Idempotency-Key must be one value of 1 to 64 printable ASCII characters";

/// Whether `key` is 1 to 64 printable ASCII characters.
pub fn is_well_formed(key: &str) -> bool {
    (1..=MAX_LENGTH).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn a_key_is_short_and_printable() {
        for key in ["k", "a b~", &"x".repeat(64)] {
            assert!(is_well_formed(key), "{key}");
        }
        for key in ["", "é", "a\tb", &"x".repeat(65)] {
            assert!(!is_well_formed(key), "{key}");
        }
    }
}
