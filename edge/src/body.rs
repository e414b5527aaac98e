//! Bodies: how large they may be and what they must be.

use crate::border::{Incoming, Lines, value};
use crate::problem::Problem;
use crate::routes::{Body, Found};
use contract::{body, body::BODY_LIMIT};
use logic::Code;
use serde::de::DeserializeOwned;

/// Refuses a body that says beforehand that it is too large.
///
/// # Errors
/// `payload_too_large`.
pub(crate) fn check_length(headers: &Lines) -> Result<(), Problem> {
    let length = value(headers, "content-length").and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|bytes| bytes > BODY_LIMIT as u64) { Err(too_large()) } else { Ok(()) }
}

/// Reads the body, at most [`BODY_LIMIT`] of it: a larger one is dropped where it passes the limit. A read has none.
///
/// # Errors
/// `payload_too_large`; `invalid_request` when it breaks off, is not said to be JSON, or is there though the path takes
/// none.
pub(crate) async fn read(request: &Incoming, route: &Found<'_>) -> Result<Vec<u8>, Problem> {
    if route.body == Body::Ignored {
        return Ok(vec![]);
    }
    let headers = &request.lines;
    // A key stands for its request, body and all: whether it was answered before is asked first.
    let keyed = route.is_keyed(headers);
    if route.body == Body::Json && !keyed {
        check_type(headers)?;
    }
    let broken = |_| Problem::new(Code::InvalidRequest, "the body could not be read to its end");
    let bytes = request.body(BODY_LIMIT).await.map_err(broken)?.ok_or_else(too_large)?;
    if route.body == Body::None && !keyed {
        body::check_none(content_type(headers), &bytes).map_err(malformed)?;
    }
    Ok(bytes)
}

/// Reads all of `text` as a `T`, in the backend's words where it is none.
///
/// # Errors
/// `invalid_request`: what is wrong, with the path of the field and the place in the text.
pub(crate) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    body::read(text).map_err(malformed)
}

fn check_type(headers: &Lines) -> Result<(), Problem> {
    body::check_type(content_type(headers)).map_err(malformed)
}

/// What the body is said to be, where the backend can read that.
fn content_type(headers: &Lines) -> Option<&str> {
    value(headers, "content-type").filter(|text| text.is_ascii())
}

fn malformed(detail: String) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, Code::PayloadTooLarge.title())
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
    fn a_body_is_said_to_be_json() {
        for (given, ok) in
            [("application/json", true), ("APPLICATION/JSON ;a=b", true), ("application/x+json", false)]
        {
            assert_eq!(check_type(&vec![("content-type", given.to_owned())]).is_ok(), ok, "{given}");
        }
        let none = check_type(&vec![]).unwrap_err();
        assert_eq!(none.detail, "the content-type must be application/json, not left out");
    }
}
