//! What browsers are told: which page may read the answers (CORS), and what they must not do with any of them.

use crate::answer::Answer;
use crate::border::{Lines, value};

/// On every answer. The edge is reached over TLS alone, answers are data and no documents, and the paths hold ids
/// that are nobody else's business.
const ON_EVERY_ANSWER: [(&str, &str); 3] = [
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// What the page may send, beside what browsers always let it.
const ALLOWED_HEADERS: &str = "authorization,content-type,idempotency-key,if-none-match,x-request-id";
/// What the contract's paths take.
const ALLOWED_METHODS: &str = "GET,HEAD,POST,PUT,DELETE";
/// What the page may read, beside what browsers always let it.
const EXPOSED_HEADERS: &str = "age,date,etag,idempotency-replayed,retry-after,x-request-id,x-served-stale";
/// Seconds for which a browser need not ask again: the longest that any of them keeps.
const PREFLIGHT_KEPT: &str = "86400";

/// Whether the caller is the web preview's page.
pub(crate) struct Page<'a> {
    /// The only origin that may read answers; `None`: no page may, and nothing is said of it.
    allowed: Option<&'a str>,
    /// Whether the request comes from there.
    is_allowed: bool,
}

impl<'a> Page<'a> {
    /// The page behind a request, where `allowed` is the web preview's origin.
    pub(crate) fn of(allowed: Option<&'a str>, asked: &Lines) -> Self {
        let is_allowed = allowed.is_some() && allowed == value(asked, "origin");
        Self { is_allowed, allowed }
    }

    /// The answer to a preflight of the allowed page; `None` for every other request, which is served as any is.
    pub(crate) fn preflight(&self, method: &str, asked: &Lines) -> Option<Answer> {
        let asks = value(asked, "access-control-request-method").is_some();
        (self.is_allowed && method == "OPTIONS" && asks).then(|| {
            Answer::empty(204).with_lines([
                ("access-control-allow-methods", ALLOWED_METHODS.to_owned()),
                ("access-control-allow-headers", ALLOWED_HEADERS.to_owned()),
                ("access-control-max-age", PREFLIGHT_KEPT.to_owned()),
            ])
        })
    }

    /// What an answer tells its reader's browser.
    pub(crate) fn lines(&self) -> Lines {
        let mut lines: Lines = ON_EVERY_ANSWER.map(|(name, value)| (name, value.to_owned())).into();
        let Some(allowed) = self.allowed else { return lines };
        // Caches must not give the page an answer that was made for somebody else.
        lines.push(("vary", "origin".to_owned()));
        if self.is_allowed {
            lines.push(("access-control-allow-origin", allowed.to_owned()));
            lines.push(("access-control-expose-headers", EXPOSED_HEADERS.to_owned()));
        }
        lines
    }
}
