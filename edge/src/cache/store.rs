//! The platform's Cache API: one data centre's, best effort. What it does not have, or does not take, is not kept; no
//! request fails for that.

use super::kept::{Kept, fresh_ms, may_keep};
use crate::answer::Answer;
use crate::border::{self, Body, Entry, Lines, Names, Reply};
use crate::clock;
use logic::Instant;
use serde::de::DeserializeOwned;

/// When the origin was last asked and said that this holds, in milliseconds since 1970.
const HELD_AT: &str = "x-held-at";
/// What the origin said in `cache-control`; the one that the Cache API reads says how long it keeps the entry.
const ORIGIN_SAID: &str = "x-origin-cache-control";

thread_local! {
    /// What is read of an entry.
    static KEPT: Names = Names::new(&["content-type", "etag", HELD_AT, ORIGIN_SAID]);
}

/// How long a mark is looked for, in seconds: as long as anything is kept.
const MARK_SECONDS: i64 = 3600;

/// An answer of the origin that was kept.
pub(super) struct Stored {
    pub(super) etag: String,
    pub(super) cache_control: String,
    content_type: String,
    held_at: i64,
    reply: Reply,
}

impl Stored {
    /// What is kept under `key`.
    pub(super) async fn find(key: &str) -> Option<Self> {
        let reply = border::kept(key, &KEPT).await?;
        let line = |name| reply.value(name).map(str::to_owned);
        Some(Self {
            etag: line("etag")?,
            cache_control: line(ORIGIN_SAID)?,
            content_type: line("content-type")?,
            held_at: line(HELD_AT)?.parse().ok()?,
            reply,
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
        let mut lines = vec![("etag", self.etag), ("cache-control", self.cache_control)];
        let answer = if held {
            Answer::from_origin(304, lines, Body::Empty)
        } else {
            lines.push(("content-type", self.content_type));
            Answer::from_origin(200, lines, Body::Of(self.reply))
        };
        answer.with_lines(more)
    }

    /// What it says, if that reads as a `T`.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Option<T> {
        self.reply.json().await
    }

    /// The same entry, once the origin, asked at `at`, said that it still holds.
    pub(super) fn renewed(&self, kept: Kept, at: Instant) -> Option<Entry> {
        self.reply.entry(&lines(&self.etag, &self.content_type, &self.cache_control, kept, at)).ok()
    }
}

/// What is to be kept of the origin's answer, asked for at `at`, if the origin lets it be kept. The answer itself is
/// there to be passed on.
pub(super) fn entry(reply: &Reply, kept: Kept, at: Instant) -> Option<Entry> {
    let said = reply.value("cache-control").unwrap_or_default();
    if !may_keep(kept.whom, said) {
        return None;
    }
    let content_type = reply.value("content-type").unwrap_or_default();
    reply.entry(&lines(reply.value("etag")?, content_type, said, kept, at)).ok()
}

fn lines(etag: &str, content_type: &str, said: &str, kept: Kept, at: Instant) -> Lines {
    vec![
        ("etag", etag.to_owned()),
        ("content-type", content_type.to_owned()),
        (ORIGIN_SAID, said.to_owned()),
        (HELD_AT, at.millis().to_string()),
        // As long as it may be shown stale: it is the longer time.
        ("cache-control", format!("max-age={}", kept.stale_seconds)),
    ]
}

/// Keeps an entry.
pub(super) async fn put(key: String, entry: Entry) {
    // Not kept then: see the module's head.
    let _ = entry.keep(&key).await;
}

/// Forgets what is kept under `key`.
pub(super) async fn forget(key: &str) {
    border::drop_kept(key).await;
}

/// Notes under `marks` that something was written now, and forgets what is kept under `changed`.
pub(super) async fn note_write(marks: &[String], changed: &[String]) {
    let lines = vec![
        ("cache-control", format!("max-age={MARK_SECONDS}")),
        (HELD_AT, clock::now().millis().to_string()),
    ];
    border::mark_and_forget(marks, &lines, changed).await;
}

/// When something was last written, as [`note_write`] noted it.
pub(super) async fn marked(key: &str) -> Option<i64> {
    border::kept(key, &KEPT).await?.value(HELD_AT)?.parse().ok()
}
