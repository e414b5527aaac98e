//! Errors as `application/problem+json` (RFC 9457), and the status of each code.

use logic::error::Facts;
use logic::{Code, Refusal};
use serde_json::{Map, Value, json};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// After how many seconds a client may ask again when the service is unavailable.
pub const UNAVAILABLE_RETRY_SECONDS: u64 = 5;
/// The same where another request with the same idempotency key is under way.
const BUSY_RETRY_SECONDS: u64 = 1;

/// The codes that are published and not sent any more. They keep their status, for programs that know them.
pub const DEPRECATED: [Code; 1] = [Code::IdempotencyInProgress];

/// The HTTP status that a code answers with.
pub const fn status(code: Code) -> u16 {
    use Code as C;
    match code {
        C::InvalidRequest | C::AuthorizationPending | C::SlowDown | C::AccessDenied | C::ExpiredToken => 400,
        C::Unauthenticated => 401,
        C::Forbidden => 403,
        C::NotFound => 404,
        C::MethodNotAllowed => 405,
        C::RequestTimeout => 408,
        C::ClassCancelled
        | C::ClassStarted
        | C::TooFarAhead
        | C::WaitlistClosed
        | C::AlreadyBooked
        | C::AlreadyWaiting
        | C::SpotAvailable
        | C::QueueFull
        | C::TooManyWaitlists
        | C::TimeConflict
        | C::TooManyBookings
        | C::SessionFull
        | C::LeaveTooLate
        | C::InsideHardStop
        | C::PastLastNotification
        | C::NotifiedRecently
        | C::NotWaiting
        | C::NoFreeSeat
        | C::NotMissed
        | C::AlreadyMadeUp
        | C::MakeupExpired
        | C::MakeupBeforeOriginal
        | C::MakeupTooLate
        | C::CourseMismatch
        | C::CompensationAlreadyUsed
        | C::InsufficientCompensation
        | C::TooManyGuardians
        | C::LastGuardian
        | C::Conflict
        | C::IdempotencyKeyReused
        | C::IdempotencyInProgress
        | C::LastOwner
        | C::ClientTooOld => 409,
        C::ResponseDeadlinePassed => 410,
        C::PayloadTooLarge => 413,
        C::InvalidDuration | C::InvalidPolicy => 422,
        C::RateLimited => 429,
        C::Internal => 500,
        C::Unavailable => 503,
    }
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The code, which fixes status and title.
    pub code: Code,
    /// What is wrong, where, and what would be right.
    pub detail: String,
    /// Members besides the six that every problem has: the refusal's own facts.
    members: Map<String, Value>,
    /// After how many seconds the request may be repeated.
    retry_after: Option<u64>,
    /// What the path allows, for `method_not_allowed`.
    allow: Option<String>,
}

impl Problem {
    /// A problem with a detail of its own.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let retry_after = matches!(code, Code::Unavailable).then_some(UNAVAILABLE_RETRY_SECONDS);
        Self { code, detail: detail.into(), members: Map::new(), retry_after, allow: None }
    }

    /// The problem of a rate limit: the caller may ask again after `seconds`.
    pub fn rate_limited(seconds: u64) -> Self {
        let detail = format!("too many requests: ask again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(Code::RateLimited, detail) }
    }

    /// The problem of a write that another request with its key is in the way of, for a moment.
    pub fn busy() -> Self {
        let detail = "another request with this idempotency key is under way: repeat this one";
        Self { retry_after: Some(BUSY_RETRY_SECONDS), ..Self::new(Code::Unavailable, detail) }
    }

    /// The problem of a write of which nobody knows whether it was done. Repeating it tells, if it has a key; without one
    /// it might be done twice.
    pub fn outcome_unknown(has_key: bool) -> Self {
        if has_key {
            let detail = "whether this write was done is not known: repeat it with its Idempotency-Key";
            return Self::new(Code::Unavailable, detail);
        }
        let detail = "whether this write was done is not known: look before repeating it";
        Self { retry_after: None, ..Self::new(Code::Unavailable, detail) }
    }

    /// The problem of a path that has no such method; `allow` lists those that it has.
    pub fn method_not_allowed(allow: String) -> Self {
        Self { allow: Some(allow), ..Self::from(Code::MethodNotAllowed) }
    }

    /// The problem of an unknown path, and of a path with a malformed id or date.
    pub fn nothing_here() -> Self {
        Self::new(Code::NotFound, NOTHING_HERE)
    }

    /// Its HTTP status.
    pub const fn status(&self) -> u16 {
        status(self.code)
    }

    /// The headers that it needs besides `content-type`: `allow`, `retry-after`, `www-authenticate`.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let authenticate = (self.code == Code::Unauthenticated).then(|| "Bearer".to_owned());
        let retry_after = self.retry_after.map(|seconds| seconds.to_string());
        let headers =
            [("allow", self.allow.clone()), ("retry-after", retry_after), ("www-authenticate", authenticate)];
        headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Its body, of the type [`MEDIA_TYPE`].
    pub fn body(&self, request_id: &str) -> Value {
        let mut members = self.members.clone();
        let general = [
            ("type", json!("about:blank")),
            ("title", json!(self.code.title())),
            ("status", json!(self.status())),
            ("detail", json!(self.detail)),
            ("code", json!(self.code.as_str())),
            ("request_id", json!(request_id)),
        ];
        members.extend(general.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(members)
    }
}

/// The detail of [`Problem::nothing_here`].
pub const NOTHING_HERE: &str = "there is nothing at this path";

impl From<Code> for Problem {
    /// Its detail is the code's title.
    fn from(code: Code) -> Self {
        Self::new(code, code.title())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { members: members(&refusal.facts), ..Self::new(refusal.code, refusal.to_string()) }
    }
}

fn members(facts: &Facts) -> Map<String, Value> {
    let members = match facts {
        Facts::None | Facts::Detail(_) => vec![],
        Facts::Deadline(deadline) => vec![("deadline", json!(deadline))],
        Facts::BookableFrom(at) => vec![("bookable_from", json!(at))],
        Facts::Minutes { required, available } => {
            vec![("required", json!(required)), ("available", json!(available))]
        }
        Facts::Item { index, .. } => vec![("index", json!(index))],
        Facts::Bookings(bookings) => vec![("bookings", json!(bookings))],
    };
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_six_members_and_the_facts_of_its_refusal() {
        let body = Problem::new(Code::Forbidden, "why").body("r-1");
        let expected = json!({
            "type": "about:blank", "title": Code::Forbidden.title(), "status": 403, "detail": "why",
            "code": "forbidden", "request_id": "r-1",
        });
        assert_eq!(body, expected);
        let facts = Facts::Deadline(logic::Instant::clamped(0));
        let body = Problem::from(Refusal { code: Code::ResponseDeadlinePassed, facts }).body("r-1");
        assert_eq!((&body["status"], &body["deadline"]), (&json!(410), &json!("1970-01-01T00:00:00.000Z")));
    }

    #[test]
    fn a_problem_names_the_headers_of_its_code() {
        let headers = |problem: Problem| {
            problem.headers().into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(headers(Code::Unauthenticated.into()), ["www-authenticate: Bearer"]);
        assert_eq!(headers(Code::Unavailable.into()), ["retry-after: 5"]);
        assert_eq!(headers(Problem::busy()), ["retry-after: 1"]);
        assert_eq!(headers(Problem::outcome_unknown(true)), ["retry-after: 5"]);
        assert!(headers(Problem::outcome_unknown(false)).is_empty(), "it might be done twice");
        assert_eq!(headers(Problem::rate_limited(7)), ["retry-after: 7"]);
        assert_eq!(headers(Problem::method_not_allowed("GET,HEAD".into())), ["allow: GET,HEAD"]);
        assert!(headers(Problem::nothing_here()).is_empty());
    }
}
