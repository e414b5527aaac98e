//! Texts that people write: names, notes, reasons.

use logic::{Code, Refusal};

/// Checks a text of one line: 1 to `longest` characters, some of them visible, and none that turns the direction of
/// what follows it.
///
/// # Errors
/// What would be right, in words.
pub fn check_line(text: &str, longest: usize) -> Result<(), String> {
    if text.chars().any(ends_line) {
        return Err(wanted(longest, "one line of text"));
    }
    check(text, longest, "text")
}

/// The longest reason for something that the gym does, in characters (R9.3).
pub const MAX_REASON: usize = 200;

/// A reason without the blanks around it.
///
/// # Errors
/// `invalid_request` with what would be right.
pub fn checked_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    check_line(reason, MAX_REASON)
        .map_err(|why| Refusal::because(Code::InvalidRequest, format!("reason: {why}")))?;
    Ok(reason.to_owned())
}

/// Checks a text of one line or several, as [`check_line`] does otherwise.
///
/// # Errors
/// As [`check_line`].
pub fn check_lines(text: &str, longest: usize) -> Result<(), String> {
    if text.chars().any(|c| ends_line(c) && c != '\n') {
        return Err(wanted(longest, "text"));
    }
    check(text, longest, "text")
}

fn check(text: &str, longest: usize, what: &str) -> Result<(), String> {
    if text.chars().count() > longest || !text.chars().any(is_visible) {
        return Err(wanted(longest, what));
    }
    match text.chars().find(|c| turns_direction(*c)) {
        Some(turn) => Err(format!("U+{:04X} turns the direction of text: leave it out", u32::from(turn))),
        None => Ok(()),
    }
}

fn wanted(longest: usize, what: &str) -> String {
    format!("must be 1 to {longest} characters of {what}, some of them visible")
}

/// Whether the character breaks a line, or is a control character.
fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether the character is visible: not a space, joiner, filler, direction mark or variation selector.
fn is_visible(c: char) -> bool {
    let invisible = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}');
    !invisible && !c.is_whitespace() && !c.is_control()
}

/// Whether the character changes the direction of the text after it: embeddings, overrides and isolates.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_visible_character_and_none_that_changes_its_direction() {
        for good in ["小满", "A", "O'Neil <b>", "👩‍👧"] {
            assert_eq!(check_line(good, 100), Ok(()), "{good}");
        }
        for bad in ["", " ", "\u{200B}", "小\n满", "小\u{2028}满", "\u{202E}olleh", "abcdefghijk"] {
            assert!(check_line(bad, 10).is_err(), "{bad:?}");
        }
        assert_eq!(checked_reason(" 停电 "), Ok("停电".to_owned()));
        assert!(
            checked_reason(&"x".repeat(200)).is_ok() && checked_reason(&"x".repeat(201)).is_err(),
            "R9.3"
        );
        assert!(check_lines("一\n二", 3).is_ok() && check_lines("一\r二", 3).is_err());
    }
}
