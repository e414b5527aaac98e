//! Dates of requests: `2026-03-02`, and no other spelling.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de::Error};

/// Parses a date.
///
/// # Errors
/// What is wrong with `text`, in words.
pub fn parse(text: &str) -> Result<NaiveDate, String> {
    // chrono also reads `2026-3-2` and ` 2026-03-02`, and years of more digits.
    let read = text.parse::<NaiveDate>().ok().filter(|date| text.len() == 10 && date.to_string() == text);
    read.ok_or_else(|| {
        format!("`{}` is not a date like 2026-03-02", text.chars().take(40).collect::<String>())
    })
}

/// Deserializes a date, for `#[serde(deserialize_with)]`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Deserializes a date that may be left out.
pub fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.as_deref().map(parse).transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_date_has_one_spelling() {
        assert_eq!(parse("2026-03-02").map(|date| date.to_string()), Ok("2026-03-02".to_owned()));
        for other in
            ["2026-3-2", " 2026-03-02", "2026-03-02 ", "+2026-03-02", "+12026-03-02", "2026-02-29", ""]
        {
            assert!(parse(other).is_err(), "{other}");
        }
    }
}
