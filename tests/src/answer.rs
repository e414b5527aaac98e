//! Answers of the service, checked against the contract when they are read.

use logic::Code;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// A problem body (RFC 9457), checked for the fields that every problem must carry.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: String,
    /// The detail: a sentence that says what is wrong.
    pub detail: String,
    /// The fields of this code.
    pub fields: Map<String, Value>,
}

impl Answer {
    /// Returns the text of a header; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Reads the body as a `T` if the status is `expected`, else as a problem.
    ///
    /// # Panics
    /// If the answer is neither: it has another status, lacks keys, or is a malformed problem.
    #[track_caller]
    pub fn read<T: DeserializeOwned + Serialize>(&self, expected: u16) -> Result<T, Problem> {
        self.check_envelope();
        if self.status >= 400 {
            return Err(self.problem());
        }
        assert_eq!(self.status, expected, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        let raw: Value = serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {self:?}"));
        let value: T = serde_json::from_value(raw.clone()).unwrap_or_else(|e| panic!("{e} in {self:?}"));
        // Write it back and compare: no key of the contract is missing, and instants have its format.
        assert_eq!(
            serde_json::to_value(&value).unwrap(),
            raw,
            "the answer is not written as the contract says"
        );
        Ok(value)
    }

    /// Reads the body as a problem.
    ///
    /// # Panics
    /// If it lacks a field that every problem carries.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        self.check_envelope();
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let mut fields: Map<String, Value> =
            serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {self:?}"));
        let mut text = |name: &str| match fields.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => text,
            other => panic!("`{name}` is {other:?} in {self:?}"),
        };
        text("type");
        let (title, detail, code) = (text("title"), text("detail"), text("code"));
        let request_id = text("request_id");
        // A replayed answer names the request that it first answered.
        if self.header("idempotency-replayed").is_empty() {
            assert_eq!(request_id, self.header("x-request-id"), "{self:?}");
        }
        assert_eq!(fields.remove("status"), Some(self.status.into()), "{self:?}");
        let known = Code::ALL.iter().find(|known| known.as_str() == code);
        assert_eq!(known.map(|known| known.title()), Some(title.as_str()), "{self:?}");
        Problem { status: self.status, code, detail, fields }
    }

    fn check_envelope(&self) {
        assert!(!self.header("x-request-id").is_empty(), "no x-request-id in {self:?}");
        assert!(!self.header("date").is_empty(), "no date in {self:?}");
    }
}

/// Assertions for refused requests.
pub trait Refused {
    /// Returns the problem, which must have this status and code.
    ///
    /// # Panics
    /// If the request was accepted or refused otherwise.
    fn refused(self, status: u16, code: &str) -> Problem;
}

impl<T: std::fmt::Debug> Refused for Result<T, Problem> {
    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Problem {
        match self {
            Err(problem) if (problem.status, problem.code.as_str()) == (status, code) => problem,
            other => panic!("expected {status} {code}, got {other:?}"),
        }
    }
}
