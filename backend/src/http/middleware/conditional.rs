//! Conditional reads (RFC 9110, §13): an `etag` on the answer, 304 to a caller that has it already, and the
//! `cache-control` of the operation's cache rule.

use std::fmt::Write;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::cache::CacheRule;
use contract::{Operation, body, etag, status};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problems::status_code;
use crate::App;
use crate::auth::Caller;
use crate::error::AppError;
use crate::service::versions::Version;

/// A conditional read: the operation's cache rule and the value of `if-none-match`, which names what the caller has.
pub(in crate::http) struct Conditional {
    rule: CacheRule,
    if_none_match: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Conditional {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let rule = parts
            .extensions
            .get::<Operation>()
            .and_then(|operation| operation.cache())
            .ok_or_else(|| anyhow::anyhow!("the table has no cache rule for this operation"))?;
        Ok(Self { rule, if_none_match: if_none_match(&parts.headers) })
    }
}

impl Conditional {
    /// Answers a read whose version is known before it is read: 304 without reading where the caller has that version.
    /// The tag also depends on the caller, as the answer does.
    pub(in crate::http) async fn versioned<T: Serialize>(
        &self,
        app: &App,
        caller: &Caller,
        version: &Version,
        read: impl Future<Output = Result<T, AppError>>,
    ) -> Result<Response, AppError> {
        let etag = weak(app.build, format_args!("{} {caller:?}", version.0));
        // Not read where it is not needed.
        let body = if self.names(&etag) { None } else { Some(json(&read.await?)?) };
        Ok(self.answer(app, etag, body))
    }

    /// Answers a read that has no cheap version: the tag is a hash of the content.
    ///
    /// # Errors
    /// `internal` when it has no JSON form.
    pub(in crate::http) fn content<T: Serialize>(&self, app: &App, value: &T) -> Result<Response, AppError> {
        let body = json(value)?;
        let etag = weak(app.build, format_args!("{}", String::from_utf8_lossy(&body)));
        let body = (!self.names(&etag)).then_some(body);
        Ok(self.answer(app, etag, body))
    }

    /// Like [`Conditional::content`], with a tag made of `counts_as`: what differs from `value` in it does not count as
    /// a change.
    ///
    /// # Errors
    /// `internal` when either has no JSON form.
    pub(in crate::http) fn content_as<T: Serialize>(
        &self,
        app: &App,
        value: &T,
        counts_as: &T,
    ) -> Result<Response, AppError> {
        let etag = weak(app.build, format_args!("{}", String::from_utf8_lossy(&json(counts_as)?)));
        let body = if self.names(&etag) { None } else { Some(json(value)?) };
        Ok(self.answer(app, etag, body))
    }

    fn names(&self, etag: &str) -> bool {
        etag::matches(&self.if_none_match, etag)
    }

    /// 304 without a body.
    fn answer(&self, app: &App, etag: String, body: Option<Vec<u8>>) -> Response {
        let cache_control = self.rule.cache_control(app.clock.as_dev().is_some());
        let headers = [(ETAG, etag), (CACHE_CONTROL, cache_control)];
        match body {
            Some(body) => (headers, [(CONTENT_TYPE, body::MEDIA_TYPE)], body).into_response(),
            None => (status_code(status::NOT_MODIFIED), headers).into_response(),
        }
    }
}

/// All values of `if-none-match` as one list.
fn if_none_match(headers: &HeaderMap) -> String {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lines.collect::<Vec<_>>().join(",")
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec(value)
        .map_err(|error| AppError::Internal(anyhow::anyhow!("an answer has no JSON form: {error}")))
}

/// A weak tag. The build is part of it: another one may write the same content in another way.
fn weak(build: &str, of: std::fmt::Arguments<'_>) -> String {
    struct Hashing(Sha256);
    impl Write for Hashing {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text);
            Ok(())
        }
    }
    let mut hashing = Hashing(Sha256::new_with_prefix(build));
    // Hashing takes any text.
    let _ = hashing.write_fmt(of);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hashing.0.finalize()[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        assert!(!etag::matches(&if_none_match(&headers), "W/\"a\""));
        headers.append(IF_NONE_MATCH, "\"x\"".parse().unwrap());
        headers.append(IF_NONE_MATCH, "W/\"a\"".parse().unwrap());
        assert!(etag::matches(&if_none_match(&headers), "W/\"a\""));
    }

    #[test]
    fn another_content_has_another_tag() {
        let (one, other) = (weak("b", format_args!("a {}", 1)), weak("b", format_args!("a {}", 2)));
        assert_ne!(one, other);
        assert_eq!(one, weak("b", format_args!("a {}", 1)));
    }
}
