//! Bodies: how large they may be and what they must be.

use crate::border::{Incoming, Lines, value};
use crate::problem::Problem;
use crate::routes::{Body, Found};
use logic::Code;
use logic::api::BODY_LIMIT;
use serde::de::DeserializeOwned;

/// Refuses a body that says beforehand that it is too large.
///
/// # Errors
/// `payload_too_large`.
pub(crate) fn check_length(headers: &Lines) -> Result<(), Problem> {
    let length = value(headers, "content-length").and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|bytes| bytes > BODY_LIMIT as u64) { Err(too_large()) } else { Ok(()) }
}

/// Reads the body, at most [`BODY_LIMIT`] of it: a larger one is dropped where it passes the limit. Where the backend
/// reads none, none is read: without a key, a write that takes no body does not mind one.
///
/// # Errors
/// `payload_too_large`; `invalid_request` when it breaks off, or is not said to be JSON where that is read.
pub(crate) async fn read(request: &Incoming, route: &Found<'_>) -> Result<Vec<u8>, Problem> {
    let headers = &request.lines;
    // A key stands for its request, body and all: whether it was answered before is asked first.
    let keyed = route.is_keyed(headers);
    if route.body == Body::Json && !keyed {
        check_type(headers)?;
    }
    if !(route.body == Body::Json || keyed) {
        return Ok(vec![]);
    }
    let broken = |_| Problem::new(Code::InvalidRequest, "the body could not be read to its end");
    request.body(BODY_LIMIT).await.map_err(broken)?.ok_or_else(too_large)
}

/// Reads all of `text` as a `T`, in the backend's words where it is none.
///
/// # Errors
/// `invalid_request`: what is wrong, with the path of the field and the place in the text.
pub(crate) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let malformed = |detail: String| Problem::new(Code::InvalidRequest, detail);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let (path, inner) = (fault.path().to_string(), fault.inner());
        malformed(if path == "." { inner.to_string() } else { format!("{path}: {inner}") })
    })?;
    reader.end().map_err(|fault| malformed(fault.to_string()))?;
    Ok(value)
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, Code::PayloadTooLarge.title())
}

/// `application/json`, with any parameters.
fn check_type(headers: &Lines) -> Result<(), Problem> {
    let given = value(headers, "content-type");
    let essence = given.map(|text| text.split(';').next().unwrap_or_default().trim());
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    let given = given.unwrap_or("left out");
    let detail = format!("the content-type must be application/json, not {given}");
    Err(Problem::new(Code::InvalidRequest, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_not_too_large() {
        let check = |length: &str| check_length(&vec![("content-length", length.to_owned())]);
        assert!(check("65536").is_ok());
        assert_eq!(check("65537").unwrap_err().code, Code::PayloadTooLarge);
        assert!(check_length(&vec![]).is_ok());
    }

    #[test]
    fn json_is_known_by_its_type() {
        let check = |given: &str| check_type(&vec![("content-type", given.to_owned())]);
        for good in ["application/json", "Application/JSON ; charset=utf-8"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "text/json", "text/plain", "application/jsonp", "application/merge-patch+json"] {
            assert_eq!(check(bad).unwrap_err().code, Code::InvalidRequest, "{bad}");
        }
        assert!(check_type(&vec![]).unwrap_err().detail.ends_with("not left out"));
    }
}
