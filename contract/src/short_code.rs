//! Codes that people read from one screen and type on another.

pub use logic::guardian::{CODE_ALPHABET as ALPHABET, CODE_LENGTH as LENGTH};

/// The code that was typed: case, hyphens and spaces do not matter. `None` for what cannot be one.
pub fn normalize(typed: &str) -> Option<String> {
    if typed.len() > 4 * LENGTH {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' '))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let is_code = code.len() == LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter));
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_hyphens_and_spaces_do_not_matter() {
        for typed in ["BCDFGHJK", "bcdf-ghjk", " bcdf ghjk "] {
            assert_eq!(normalize(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
        }
        for typed in ["", "BCDFGHJ", "BCDFGHJKL", "BCDFGHJA", "BCDFGHJ1", "小满小满小满小满", &"-".repeat(40)]
        {
            assert_eq!(normalize(typed), None, "{typed}");
        }
    }
}
