//! Request bodies: how large they may be, and of which type.

use crate::http::{HeaderList, IncomingRequest, value};
use contract::body::{self, BODY_LIMIT};
use contract::operation::Body;
use contract::problem::Problem;
use logic::Code;
use serde::de::DeserializeOwned;

/// Refuses a body that is too large by its `content-length`, before anything of it is read, and one whose length or
/// transfer coding is malformed. workerd itself answers 500 to most of the malformed ones and does not ask the worker.
///
/// # Errors
/// `payload_too_large`; `invalid_request`, naming the header.
pub(crate) fn check_framing(headers: &HeaderList) -> Result<(), Problem> {
    if let Some(length) = value(headers, "content-length").filter(|length| !length.is_empty()) {
        if !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed(format!("content-length must be a number of bytes, not `{length}`")));
        }
        // A number that is out of range is too large as well.
        if length.parse().unwrap_or(usize::MAX) > BODY_LIMIT {
            return Err(too_large());
        }
    }
    match value(headers, "transfer-encoding") {
        Some(coding) if !coding.is_empty() && !coding.eq_ignore_ascii_case("chunked") => {
            Err(malformed(format!("transfer-encoding must be chunked, not `{coding}`")))
        }
        _ => Ok(()),
    }
}

/// Reads the body, up to [`BODY_LIMIT`] bytes. The body of a read is ignored.
///
/// # Errors
/// `payload_too_large`; `invalid_request` when the body ends early, is not JSON by its `content-type`, or is sent to a
/// path that takes none. What the edge may not judge ([`idempotency`](crate::idempotency)) is only read.
pub(crate) async fn read(
    request: &mut IncomingRequest,
    expected: Body,
    may_judge: bool,
) -> Result<Vec<u8>, Problem> {
    if expected == Body::Ignored {
        return Ok(vec![]);
    }
    if expected == Body::Json && may_judge {
        check_type(&request.headers)?;
    }
    let cut_off = |_| Problem::new(Code::InvalidRequest, "the body could not be read to its end");
    let bytes = request.body(BODY_LIMIT).await.map_err(cut_off)?.ok_or_else(too_large)?;
    if expected == Body::Empty && may_judge {
        body::check_none(content_type(&request.headers), &bytes).map_err(malformed)?;
    }
    if expected == Body::Optional && may_judge && !bytes.is_empty() {
        check_type(&request.headers)?;
    }
    Ok(bytes)
}

/// Parses all of `text` as a `T`. Errors have the backend's words.
///
/// # Errors
/// `invalid_request`: what is wrong, with the path of the field and the place in the text.
pub(crate) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    body::read(text).map_err(malformed)
}

fn check_type(headers: &HeaderList) -> Result<(), Problem> {
    body::check_type(content_type(headers)).map_err(malformed)
}

/// The `content-type`, if it is text that the backend can read.
fn content_type(headers: &HeaderList) -> Option<&str> {
    value(headers, "content-type").filter(|text| text.is_ascii())
}

fn malformed(detail: String) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

fn too_large() -> Problem {
    Code::PayloadTooLarge.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_the_limit_is_not_too_large() {
        let check = |length: &str| check_framing(&vec![("content-length", length.to_owned())]);
        assert!(check("65536").is_ok() && check("0073").is_ok());
        for length in ["65537", "9223372036854775808", "99999999999999999999999"] {
            assert_eq!(check(length).unwrap_err().code, Code::PayloadTooLarge, "{length}");
        }
        assert!(check_framing(&vec![]).is_ok());
    }

    #[test]
    fn a_malformed_length_or_coding_is_named() {
        for (name, value) in [
            ("content-length", "abc"),
            ("content-length", "+5"),
            ("content-length", "-1"),
            ("content-length", "5, 5"),
            ("content-length", "1e2"),
            ("transfer-encoding", "gzip"),
            ("transfer-encoding", "gzip, chunked"),
            ("transfer-encoding", "identity"),
        ] {
            let problem = check_framing(&vec![(name, value.to_owned())]).unwrap_err();
            assert_eq!(problem.code, Code::InvalidRequest, "{name}: {value}");
            assert!(problem.detail.contains(name) && problem.detail.contains(value), "{}", problem.detail);
        }
        for coding in ["chunked", "Chunked", ""] {
            assert!(check_framing(&vec![("transfer-encoding", coding.to_owned())]).is_ok(), "{coding}");
        }
    }

    #[test]
    fn the_content_type_must_be_json() {
        for (given, ok) in
            [("application/json", true), ("APPLICATION/JSON ;a=b", true), ("application/x+json", false)]
        {
            assert_eq!(check_type(&vec![("content-type", given.to_owned())]).is_ok(), ok, "{given}");
        }
        let none = check_type(&vec![]).unwrap_err();
        assert_eq!(none.detail, "the content-type must be application/json, not left out");
    }
}
