//! What browsers are told: which page may read the answers (CORS), and what they must not do with any of them.

use crate::answer::Answer;
use worker::Headers;

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
pub(crate) struct Page {
    /// The only origin that may read answers; `None`: no page may, and nothing is said of it.
    allowed: Option<String>,
    /// Whether the request comes from there.
    is_allowed: bool,
}

impl Page {
    /// The page behind a request, where `allowed` is the web preview's origin.
    pub(crate) fn of(allowed: Option<String>, headers: &Headers) -> Self {
        let origin = headers.get("origin").ok().flatten();
        Self { is_allowed: allowed.is_some() && allowed == origin, allowed }
    }

    /// The answer to a preflight of the allowed page; `None` for every other request, which is served as any is.
    pub(crate) fn preflight(&self, method: &str, headers: &Headers) -> Option<Answer> {
        let asks = headers.has("access-control-request-method").unwrap_or(false);
        (self.is_allowed && method == "OPTIONS" && asks).then(|| {
            Answer::empty(204).with_headers([
                ("access-control-allow-methods", ALLOWED_METHODS.to_owned()),
                ("access-control-allow-headers", ALLOWED_HEADERS.to_owned()),
                ("access-control-max-age", PREFLIGHT_KEPT.to_owned()),
            ])
        })
    }

    /// Writes into an answer's headers what its reader's browser must know.
    ///
    /// # Errors
    /// None is known: the names and values are sane.
    pub(crate) fn mark(&self, headers: &Headers) -> worker::Result<()> {
        for (name, value) in ON_EVERY_ANSWER {
            headers.set(name, value)?;
        }
        let Some(allowed) = &self.allowed else { return Ok(()) };
        // Caches must not give the page an answer that was made for somebody else.
        headers.append("vary", "origin")?;
        if self.is_allowed {
            headers.set("access-control-allow-origin", allowed)?;
            headers.set("access-control-expose-headers", EXPOSED_HEADERS)?;
        }
        Ok(())
    }
}
