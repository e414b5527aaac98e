//! Answers of the service, held to the contract as they are read.

use logic::Code;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

/// An error's body (RFC 9457), checked for what every one of them must carry.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The refusal's name.
    pub code: String,
    /// What is wrong, in words.
    pub detail: String,
    /// The rule's own fields.
    pub fields: Map<String, Value>,
}

impl Answer {
    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as a `T` if the status is `expected`, else the problem that it is.
    ///
    /// # Panics
    /// Where the answer is neither: another status, missing keys, a malformed problem.
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
        // Both ways: no key of the contract is missing, and instants are written as it says.
        assert_eq!(
            serde_json::to_value(&value).unwrap(),
            raw,
            "the answer is not written as the contract says"
        );
        Ok(value)
    }

    /// The body as a problem.
    ///
    /// # Panics
    /// Where it lacks what every problem carries.
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
        // An answer that is given again still names the request that it answered first.
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

/// For answers that must be a "no".
pub trait Refused {
    /// The problem, which has this status and code.
    ///
    /// # Panics
    /// If it is another, or none.
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
