//! `Idempotency-Key`: which request a key names.

use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use contract::headers::IDEMPOTENCY_KEY;
use contract::idempotency::{MALFORMED, is_well_formed};
use contract::operation::PREFIX;
use sha2::{Digest, Sha256};

use crate::error::AppError;

/// The key of a request; `None` if it has none.
///
/// # Errors
/// `invalid_request` if it is malformed, or there are two.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
    if given.next().is_some() || !is_well_formed(text) {
        return Err(AppError::invalid(MALFORMED));
    }
    Ok(Some(text.to_owned()))
}

/// What tells the request from any other under the same key.
pub(super) fn hash(method: &str, uri: &Uri, body: &Bytes) -> [u8; 32] {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let mut hash = Sha256::new();
    // Keys are stored without the prefix.
    for part in [method, path.strip_prefix(PREFIX).unwrap_or(path)] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(body);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_path_and_body_make_a_request() {
        let of = |method, path: &'static str, body: &'static str| {
            hash(method, &Uri::from_static(path), &Bytes::from_static(body.as_bytes()))
        };
        let request = of("POST", "/a", "{}");
        assert_eq!(request, of("POST", "/api/v1/a", "{}"));
        for other in
            [of("PUT", "/a", "{}"), of("POST", "/b", "{}"), of("POST", "/a", "{} "), of("POST", "/a{}", "")]
        {
            assert_ne!(request, other);
        }
    }
}
