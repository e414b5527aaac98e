//! Entity tags (RFC 9110, §8.8.3).

/// Whether `if_none_match`, the value of that header, names `etag`. Tags are compared weakly; `*` names every tag.
pub fn matches(if_none_match: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    if_none_match.split(',').map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn tags_are_compared_weakly() {
        let etag = "W/\"a\"";
        for header in ["W/\"a\"", "\"a\"", "\"x\", \"a\"", "\"x\",W/\"a\"", "*"] {
            assert!(matches(header, etag), "{header}");
        }
        for header in ["", ",", "\"b\"", "a", "W/\"A\""] {
            assert!(!matches(header, etag), "{header}");
        }
    }
}
