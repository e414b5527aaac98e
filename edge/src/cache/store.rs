//! The platform's Cache API: one data centre's, best effort. What it does not have, or does not take, is not kept; no
//! request fails for that.

use super::kept::{Kept, fresh_ms, may_keep};
use crate::answer::Answer;
use crate::clock;
use crate::forward::{Lines, value};
use logic::Instant;
use serde::de::DeserializeOwned;
use worker::{Cache, Headers, Response, ResponseBody};

/// When the origin was last asked and said that this holds, in milliseconds since 1970.
const HELD_AT: &str = "x-held-at";
/// What the origin said in `cache-control`; the one that the Cache API reads says how long it keeps the entry.
const ORIGIN_SAID: &str = "x-origin-cache-control";

/// How long a mark is looked for, in seconds: as long as anything is kept.
const MARK_SECONDS: i64 = 3600;

/// An answer of the origin that was kept.
pub(super) struct Stored {
    pub(super) etag: String,
    pub(super) cache_control: String,
    content_type: String,
    held_at: i64,
    response: Response,
}

impl Stored {
    /// What is kept under `key`.
    pub(super) async fn find(key: &str) -> Option<Self> {
        let response = Cache::default().get(key, false).await.ok().flatten()?;
        let header = |name| response.headers().get(name).ok().flatten();
        Some(Self {
            etag: header("etag")?,
            cache_control: header(ORIGIN_SAID)?,
            content_type: header("content-type")?,
            held_at: header(HELD_AT)?.parse().ok()?,
            response,
        })
    }

    /// How long ago the origin said that it holds, in milliseconds.
    pub(super) fn age_ms(&self, now: Instant) -> i64 {
        (now.millis() - self.held_at).max(0)
    }

    /// Whether the origin need not be asked whether it still holds.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.age_ms(now) < fresh_ms(&self.cache_control)
    }

    /// Whether the origin was asked for it after `written`.
    pub(super) fn is_after(&self, written: Option<i64>) -> bool {
        written.is_none_or(|written| self.held_at > written)
    }

    /// The answer, or 304 to a caller who holds it.
    pub(super) fn answer(self, held: bool, more: impl IntoIterator<Item = (&'static str, String)>) -> Answer {
        let lines = vec![("etag", self.etag), ("cache-control", self.cache_control)];
        let answer = if held {
            Answer::from_origin(304, lines, ResponseBody::Empty)
        } else {
            Answer::from_origin(200, lines, self.response.body().clone())
                .with_headers([("content-type", self.content_type)])
        };
        answer.with_headers(more)
    }

    /// What it says, if that reads as a `T`.
    pub(super) async fn json<T: DeserializeOwned>(mut self) -> Option<T> {
        serde_json::from_slice(&self.response.bytes().await.ok()?).ok()
    }

    /// The same entry, once the origin, asked at `at`, said that it still holds.
    pub(super) fn renewed(&mut self, kept: Kept, at: Instant) -> Option<Response> {
        let lines = vec![("etag", self.etag.clone()), ("content-type", self.content_type.clone())];
        let copy = self.response.cloned().ok()?;
        made(&lines, &self.cache_control, kept, at, copy).ok()
    }
}

/// What is to be kept of the origin's answer, asked for at `at`, if the origin lets it be kept. The answer itself is
/// there to be passed on.
pub(super) fn entry(lines: &Lines, kept: Kept, at: Instant, response: &mut Response) -> Option<Response> {
    let said = value(lines, "cache-control").unwrap_or_default();
    if value(lines, "etag").is_none() || !may_keep(kept.whom, said) {
        return None;
    }
    made(lines, said, kept, at, response.cloned().ok()?).ok()
}

fn made(lines: &Lines, said: &str, kept: Kept, at: Instant, body: Response) -> worker::Result<Response> {
    let headers = Headers::new();
    for name in ["etag", "content-type"] {
        headers.set(name, value(lines, name).unwrap_or_default())?;
    }
    headers.set(ORIGIN_SAID, said)?;
    headers.set(HELD_AT, &at.millis().to_string())?;
    // As long as it may be shown stale: it is the longer time.
    headers.set("cache-control", &format!("max-age={}", kept.stale_seconds))?;
    Ok(Response::builder().with_headers(headers).body(body.body().clone()))
}

/// Keeps an entry.
pub(super) async fn put(key: String, entry: Response) {
    // Not kept then: see the module's head.
    let _ = Cache::default().put(key, entry).await;
}

/// Forgets what is kept under `key`.
pub(super) async fn forget(key: &str) {
    let _ = Cache::default().delete(key, false).await;
}

/// Notes that something was written now.
pub(super) async fn mark(key: &str) {
    let entry = || -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set("cache-control", &format!("max-age={MARK_SECONDS}"))?;
        headers.set(HELD_AT, &clock::now().millis().to_string())?;
        Ok(Response::builder().with_headers(headers).fixed(b"-".to_vec()))
    };
    if let Ok(entry) = entry() {
        put(key.to_owned(), entry).await;
    }
}

/// When something was last written, as [`mark`] noted it.
pub(super) async fn marked(key: &str) -> Option<i64> {
    let response = Cache::default().get(key, false).await.ok().flatten()?;
    response.headers().get(HELD_AT).ok().flatten()?.parse().ok()
}
