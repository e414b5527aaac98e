//! Conditional reads (RFC 9110 §13): an `etag` on what is read, and 304 to a caller who holds it already; and how long
//! what was read may be kept, and by whom.

use std::convert::Infallible;
use std::fmt::Write;

use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::operations::Operation;
use crate::App;
use crate::auth::Caller;
use crate::domain::versions::Version;
use crate::error::AppError;

/// Whether the answers to an operation carry an `etag`: reads of what stands still. The clock does not, and a deadline
/// check settles what is overdue.
pub(super) fn is_conditional(operation: &Operation) -> bool {
    const NOT: [&str; 3] = ["/api/v1/time", "/api/v1/waitlist/deadline-check", "/api/v1/dev/messages"];
    operation.method == "GET" && !NOT.contains(&operation.path)
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The caller alone, asking each time whether it still holds.
    Personal,
    /// Whoever stands in between, for a few seconds: a class as anyone sees it.
    Shared,
    /// Whoever stands in between, for a minute: what changes with a restart alone.
    Settings,
}

impl Keep {
    /// `cache-control`. Where the clock can be moved nothing is kept without asking: it may jump over any span.
    fn header(self, app: &App) -> &'static str {
        match self {
            Self::Personal => "private, no-cache",
            _ if app.clock.as_dev().is_some() => "no-cache",
            Self::Shared => "public, max-age=0, s-maxage=5",
            Self::Settings => "public, max-age=0, s-maxage=60",
        }
    }
}

/// What the caller holds already, from `if-none-match`.
pub(super) struct Conditional(Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for Conditional {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Conditional {
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags = lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned());
        Self(tags.filter(|tag| !tag.is_empty()).collect())
    }

    /// Whether the caller holds `etag`, weakly compared.
    fn holds(&self, etag: &str) -> bool {
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        self.0.iter().any(|given| given == "*" || opaque(given) == opaque(etag))
    }

    /// A list of the caller's: 304 without reading it where its version is the one that the caller holds. What else
    /// the list depends on is in the tag: who asks, and the policy.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) async fn versioned<T: Serialize>(
        &self,
        app: &App,
        caller: &Caller,
        version: &Version,
        read: impl Future<Output = Result<T, AppError>>,
    ) -> Result<Response, AppError> {
        let etag = weak(format_args!("{} {caller:?} {:?}", version.0, app.policy));
        if self.holds(&etag) {
            return Ok(unchanged(etag, Keep::Personal.header(app)));
        }
        let body = json(&read.await?)?;
        Ok(self.answer(app, Keep::Personal, etag, body))
    }

    /// What is small, or depends on too much for a version: its tag is made of itself.
    ///
    /// # Errors
    /// `internal` when it has no JSON form.
    pub(super) fn content<T: Serialize>(
        &self,
        app: &App,
        keep: Keep,
        value: &T,
    ) -> Result<Response, AppError> {
        let body = json(value)?;
        let etag = weak(format_args!("{}", String::from_utf8_lossy(&body)));
        Ok(self.answer(app, keep, etag, body))
    }

    /// As [`Conditional::content`], with the tag of what `value` counts as.
    ///
    /// # Errors
    /// `internal` when either has no JSON form.
    pub(super) fn content_as<T: Serialize>(
        &self,
        app: &App,
        keep: Keep,
        value: &T,
        counts_as: &T,
    ) -> Result<Response, AppError> {
        let etag = weak(format_args!("{}", String::from_utf8_lossy(&json(counts_as)?)));
        Ok(self.answer(app, keep, etag, json(value)?))
    }

    fn answer(&self, app: &App, keep: Keep, etag: String, body: Vec<u8>) -> Response {
        let keep = keep.header(app);
        if self.holds(&etag) {
            return unchanged(etag, keep);
        }
        ([(ETAG, etag), (CACHE_CONTROL, keep.into()), (CONTENT_TYPE, JSON.into())], body).into_response()
    }
}

const JSON: &str = "application/json";

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec(value)
        .map_err(|error| AppError::Internal(anyhow::anyhow!("an answer has no JSON form: {error}")))
}

fn unchanged(etag: String, keep: &'static str) -> Response {
    (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, keep.to_owned())]).into_response()
}

/// A weak tag: the same content, not necessarily the same bytes. Another release of the program may write the same
/// content in another way, so its version is part of it.
fn weak(of: std::fmt::Arguments<'_>) -> String {
    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text);
            Ok(())
        }
    }
    let mut hashing = Hashing(Sha256::new_with_prefix(env!("CARGO_PKG_VERSION")));
    // Hashing takes any text.
    let _ = hashing.write_fmt(of);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hashing.0.finalize()[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(lines: &[&str], etag: &str) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_NONE_MATCH, line.parse().unwrap());
        }
        Conditional::of(&headers).holds(etag)
    }

    #[test]
    fn tags_are_compared_weakly() {
        let etag = "W/\"a\"";
        for lines in [&["W/\"a\""][..], &["\"a\""], &["\"x\", \"a\""], &["\"x\"", "W/\"a\""], &["*"]] {
            assert!(holds(lines, etag), "{lines:?}");
        }
        for lines in [&[][..], &[""], &["\"b\""], &["a"], &["W/\"A\""]] {
            assert!(!holds(lines, etag), "{lines:?}");
        }
    }

    #[test]
    fn another_content_has_another_tag() {
        let (one, other) = (weak(format_args!("a {}", 1)), weak(format_args!("a {}", 2)));
        assert_ne!(one, other);
        assert_eq!(one, weak(format_args!("a {}", 1)));
    }
}
