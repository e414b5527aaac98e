//! Validation of request bodies, for both servers: an invalid body is refused with the same words.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The media type of every body but a problem's.
pub const MEDIA_TYPE: &str = "application/json";
/// The largest body that is read, in bytes. A larger one is `payload_too_large`.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Checks that a `content-type` is [`MEDIA_TYPE`], with any parameters; `None` stands for a missing header.
pub fn check_type(content_type: Option<&str>) -> Result<(), String> {
    let essence = content_type.map(|text| text.split(';').next().unwrap_or_default().trim());
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case(MEDIA_TYPE)) {
        return Ok(());
    }
    Err(format!("the content-type must be {MEDIA_TYPE}, not {}", content_type.unwrap_or("left out")))
}

/// Parses all of `text` as a `T`. Every body of the API is an object with named fields.
///
/// # Errors
/// What is wrong, with the path of the field and the place in the text.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    // Serde would also read a list as the fields of a struct, in order.
    if text.trim_ascii_start().starts_with(b"[") {
        return Err("the body is a list, and must be an object with named fields: {…}".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let (path, inner) = (fault.path().to_string(), fault.inner());
        if path == "." { inner.to_string() } else { format!("{path}: {inner}") }
    })?;
    reader.end().map_err(|fault| fault.to_string())?;
    Ok(value)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Checks the body of an operation that takes none: it is empty, or an object without fields. Anything more is refused,
/// because the caller expects an effect that would not happen.
pub fn check_none(content_type: Option<&str>, text: &[u8]) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    check_type(content_type)?;
    read::<Nothing>(text).map(|Nothing {}| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json");

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Two {
        one: i64,
        two: Option<i64>,
    }

    #[test]
    fn the_content_type_must_be_json() {
        for good in ["application/json", "Application/JSON ; charset=utf-8"] {
            assert_eq!(check_type(Some(good)), Ok(()), "{good}");
        }
        for bad in ["", "text/json", "text/plain", "application/jsonp", "application/merge-patch+json"] {
            assert!(check_type(Some(bad)).is_err(), "{bad}");
        }
        assert!(check_type(None).unwrap_err().ends_with("not left out"));
    }

    #[test]
    fn a_body_is_one_object_and_nothing_after_it() {
        assert_eq!(read(b" {\"one\": 1} "), Ok(Two { one: 1, two: None }));
        for (text, told) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{\"one\": 1} x", "trailing characters at line 1 column 12"),
            ("{\"one\": \"1\"}", "one: invalid type: string \"1\", expected i64 at line 1 column 11"),
            (
                "{\"one\": 1, \"more\": 2}",
                "more: unknown field `more`, expected `one` or `two` at line 1 column 17",
            ),
            (" [1, 2]", "the body is a list, and must be an object with named fields: {…}"),
        ] {
            assert_eq!(read::<Two>(text.as_bytes()).unwrap_err(), told);
        }
    }

    #[test]
    fn an_empty_body_is_nothing_or_an_object_without_fields() {
        for good in ["", "{}", " { } "] {
            assert_eq!(check_none(JSON, good.as_bytes()), Ok(()), "{good}");
        }
        assert_eq!(check_none(None, b""), Ok(()));
        assert_eq!(check_none(Some("text/plain"), b""), Ok(()));
        for bad in ["{\"dry_run\": true}", "{", "[]", "null", " "] {
            assert!(check_none(JSON, bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(check_none(Some("text/plain"), b"{}").is_err());
        assert!(check_none(JSON, b"{\"dry_run\": true}").unwrap_err().contains("`dry_run`"));
    }
}
