//! What browsers are told: which page may read the responses (CORS), and what they must not do with any of them.

use crate::http::{HeaderList, value};
use crate::reply::Reply;
use contract::headers::{
    CLIENT, IDEMPOTENCY_FIRST, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, REQUEST_ID, SERVED_STALE,
};
use contract::status;

/// On every response. The edge is reached over TLS alone; responses are data, not documents; and paths hold ids, which
/// a `referer` must not give away.
const ON_EVERY_RESPONSE: [(&str, &str); 3] = [
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// Request headers that the page may set, beside those that browsers always allow.
const ALLOWED_HEADERS: &[&str] = &[
    "authorization",
    "content-type",
    IDEMPOTENCY_FIRST,
    IDEMPOTENCY_KEY,
    "if-none-match",
    CLIENT,
    REQUEST_ID,
];
/// The methods of the contract.
const ALLOWED_METHODS: &str = "GET,HEAD,POST,PUT,DELETE";
/// Response headers that the page may read, beside those that browsers always allow.
const EXPOSED_HEADERS: &[&str] =
    &["age", "date", "etag", IDEMPOTENCY_REPLAYED, "retry-after", REQUEST_ID, SERVED_STALE];
/// How long a browser may remember the answer to a preflight, in seconds: the longest that any browser does.
const MAX_AGE: &str = "86400";

/// What CORS says about one request.
pub(crate) struct Cors<'a> {
    /// The only origin whose pages may read responses; `None`: no page may, and no header of CORS is sent.
    allowed: Option<&'a str>,
    /// Whether the request comes from a page of that origin.
    is_allowed: bool,
}

impl<'a> Cors<'a> {
    /// Judges a request by its `origin` header.
    pub(crate) fn new(allowed: Option<&'a str>, request: &HeaderList) -> Self {
        Self { is_allowed: allowed.is_some() && allowed == value(request, "origin"), allowed }
    }

    /// The response to a preflight of the allowed page. `None` for any other request: those are served as usual.
    pub(crate) fn preflight(&self, method: &str, request: &HeaderList) -> Option<Reply> {
        let is_preflight = method == "OPTIONS" && value(request, "access-control-request-method").is_some();
        (self.is_allowed && is_preflight).then(|| {
            Reply::empty(status::NO_CONTENT).with_headers([
                ("access-control-allow-methods", ALLOWED_METHODS.to_owned()),
                ("access-control-allow-headers", ALLOWED_HEADERS.join(",")),
                ("access-control-max-age", MAX_AGE.to_owned()),
            ])
        })
    }

    /// The headers that go on every response.
    pub(crate) fn headers(&self) -> HeaderList {
        let mut headers: HeaderList = ON_EVERY_RESPONSE.map(|(name, value)| (name, value.to_owned())).into();
        let Some(allowed) = self.allowed else { return headers };
        // A cache must not give the page a response that was made for somebody else.
        headers.push(("vary", "origin".to_owned()));
        if self.is_allowed {
            headers.push(("access-control-allow-origin", allowed.to_owned()));
            headers.push(("access-control-expose-headers", EXPOSED_HEADERS.join(",")));
        }
        headers
    }
}
