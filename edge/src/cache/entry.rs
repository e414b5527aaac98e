//! Entries of the platform's Cache API: one data centre's, best effort. No request fails because the cache lacks an
//! entry or does not take one.

use super::policy::{fresh_ms, may_store};
use crate::clock;
use crate::http::{self, FetchedResponse, HeaderList};
use crate::reply::Reply;
use contract::cache::CacheRule;
use contract::status;
use futures_util::future::{join, join_all};
use logic::Instant;
use serde::de::DeserializeOwned;
use worker::{Cache, Response, ResponseBody};

/// When the origin last confirmed the response, in milliseconds since 1970.
const CONFIRMED_AT: &str = "x-confirmed-at";
/// The origin's `cache-control`. The Cache API reads the entry's own, which says how long the entry is stored.
const ORIGIN_CACHE_CONTROL: &str = "x-origin-cache-control";

/// The headers of an entry that are read.
const READ: &[&str] = &["content-type", "etag", CONFIRMED_AT, ORIGIN_CACHE_CONTROL];

/// How long a write is remembered, in seconds: as long as any entry is stored.
const WRITE_SECONDS: i64 = 3600;

/// A response of the origin, from the cache.
pub(super) struct CacheEntry {
    pub(super) etag: String,
    cache_control: String,
    content_type: String,
    confirmed_at: i64,
    fetched: FetchedResponse,
}

impl CacheEntry {
    /// Reads the entry under `key`.
    pub(super) async fn find(key: &str) -> Option<Self> {
        let fetched = look_up(key).await?;
        let header = |name| fetched.value(name).map(str::to_owned);
        Some(Self {
            etag: header("etag")?,
            cache_control: header(ORIGIN_CACHE_CONTROL)?,
            content_type: header("content-type")?,
            confirmed_at: header(CONFIRMED_AT)?.parse().ok()?,
            fetched,
        })
    }

    /// How long ago the origin confirmed it, in milliseconds.
    pub(super) fn age_ms(&self, now: Instant) -> i64 {
        (now.millis() - self.confirmed_at).max(0)
    }

    /// Whether it may be served without asking the origin.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.age_ms(now) < fresh_ms(&self.cache_control)
    }

    /// Whether the origin confirmed it after a write.
    pub(super) fn is_newer_than(&self, write: Option<i64>) -> bool {
        write.is_none_or(|write| self.confirmed_at > write)
    }

    /// The response: 304 to a caller who holds the same, else 200.
    pub(super) fn into_reply(
        self,
        caller_holds_it: bool,
        more: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Reply {
        let mut headers = vec![("etag", self.etag), ("cache-control", self.cache_control)];
        let reply = if caller_holds_it {
            Reply::from_parts(status::NOT_MODIFIED, headers, ResponseBody::Empty)
        } else {
            headers.push(("content-type", self.content_type));
            Reply::from_parts(status::OK, headers, self.fetched.response.body().clone())
        };
        reply.with_headers(more)
    }

    /// Reads the body as JSON; `None` if it is not a `T`.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Option<T> {
        self.fetched.json().await
    }

    /// The same entry, confirmed by the origin at `at`.
    pub(super) fn renewed(&mut self, rule: CacheRule, at: Instant) -> Option<Response> {
        let headers = headers(&self.etag, &self.content_type, &self.cache_control, rule, at);
        self.fetched.copy_with(&headers).ok()
    }
}

/// The entry to store for a response that was asked for at `at`, if the origin lets it be stored. The response itself
/// can still be passed on.
pub(super) fn new(fetched: &mut FetchedResponse, rule: CacheRule, at: Instant) -> Option<Response> {
    let cache_control = fetched.value("cache-control").unwrap_or_default();
    if !may_store(rule.audience, cache_control) {
        return None;
    }
    let content_type = fetched.value("content-type").unwrap_or_default();
    let headers = headers(fetched.value("etag")?, content_type, cache_control, rule, at);
    fetched.copy_with(&headers).ok()
}

fn headers(etag: &str, content_type: &str, cache_control: &str, rule: CacheRule, at: Instant) -> HeaderList {
    vec![
        ("etag", etag.to_owned()),
        ("content-type", content_type.to_owned()),
        (ORIGIN_CACHE_CONTROL, cache_control.to_owned()),
        (CONFIRMED_AT, at.millis().to_string()),
        // As long as it may be served stale, which is longer than it is fresh.
        ("cache-control", format!("max-age={}", rule.max_stale_seconds)),
    ]
}

/// Stores an entry once its whole body is there: one that ends early is not stored.
pub(super) async fn put(key: String, entry: Response) {
    if let Ok(body) = http::read_body(entry.body()).await {
        let entry = Response::builder().with_headers(entry.headers().clone()).fixed(body);
        // Best effort: see the head of this file.
        let _ = Cache::default().put(key, entry).await;
    }
}

/// Deletes the entry under `key`.
pub(super) async fn delete(key: &str) {
    let _ = Cache::default().delete(key, false).await;
}

/// Stores under `write_keys` that a write happened now, and deletes the entries under `changed`.
pub(super) async fn record_write(write_keys: &[String], changed: &[String]) {
    let max_age = format!("max-age={WRITE_SECONDS}");
    let now = clock::now().millis().to_string();
    let headers = [("cache-control", max_age.as_str()), (CONFIRMED_AT, now.as_str())];
    let put = async |key: &String| {
        let headers = http::to_headers(headers)?;
        Cache::default().put(key, Response::builder().with_headers(headers).empty()).await
    };
    let recorded = join_all(write_keys.iter().map(put));
    let deleted = join_all(changed.iter().map(|key| delete(key)));
    join(recorded, deleted).await;
}

/// When a write was last recorded under `key`, in milliseconds since 1970.
pub(super) async fn last_write(key: &str) -> Option<i64> {
    look_up(key).await?.value(CONFIRMED_AT)?.parse().ok()
}

async fn look_up(key: &str) -> Option<FetchedResponse> {
    Some(FetchedResponse::new(Cache::default().get(key, false).await.ok()??, READ))
}
