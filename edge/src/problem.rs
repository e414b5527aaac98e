//! Refusals as `application/problem+json` (RFC 9457), from `logic`'s one table of codes.

use crate::reply::Reply;
use logic::{Code, Refusal};
use serde_json::{Map, Value, json};

/// Seconds after which a client may ask again when the origin is away.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a request is not served.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) detail: String,
    /// Headers that the code calls for (`allow`, `www-authenticate`, `retry-after`).
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The rule's own fields.
    members: Map<String, Value>,
}

impl Problem {
    /// `detail` says what is wrong, where, and what would be right.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let headers = match code {
            Code::Unauthenticated => vec![("www-authenticate", "Bearer".to_owned())],
            Code::Unavailable => vec![("retry-after", RETRY_AFTER_SECONDS.to_owned())],
            _ => vec![],
        };
        Self { code, detail: detail.into(), headers, members: Map::new() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body.
    fn json(&self, request_id: &str) -> String {
        let mut body = json!({
            "type": "about:blank",
            "title": self.code.title(),
            "status": self.code.status(),
            "detail": self.detail,
            "code": self.code.as_str(),
            "request_id": request_id,
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(self.members.clone());
        }
        body.to_string()
    }

    /// The response to the caller.
    pub(crate) fn reply(self, request_id: &str) -> Reply {
        let body = self.json(request_id).into_bytes();
        Reply::new(self.code.status(), "application/problem+json", body).with_headers(self.headers)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::new(refusal.code, refusal.to_string());
        Self { members: contract::problem::members(&refusal.facts), ..problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_six_fields_of_the_contract() {
        let text = Problem::new(Code::Forbidden, "why").json("r-1");
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(body["status"], 403);
        assert_eq!(body["code"], "forbidden");
        assert_eq!(body["detail"], "why");
        assert_eq!(body["request_id"], "r-1");
        assert_eq!(body["title"], Code::Forbidden.title());
        assert_eq!(body.as_object().unwrap().len(), 6);
    }

    #[test]
    fn the_facts_of_a_rule_are_fields_too() {
        let facts = logic::error::Facts::Deadline(logic::Instant::clamped(0));
        let problem = Problem::from(Refusal { code: Code::ResponseDeadlinePassed, facts });
        let body: serde_json::Value = serde_json::from_str(&problem.json("r-1")).unwrap();
        assert_eq!(body["deadline"], "1970-01-01T00:00:00.000Z");
    }
}
