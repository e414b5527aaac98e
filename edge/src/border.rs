//! The border between WASM and the runtime: requests, answers, the way to other servers and the cache, each thing in
//! one call (`js/border.js` says why).

use crate::task;
use js_sys::{Array, Error, Promise, Uint8Array};
use logic::Instant;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::thread::LocalKey;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Request, Response};

/// Header lines, names in lower case.
pub(crate) type Lines = Vec<(&'static str, String)>;

#[wasm_bindgen(module = "/js/border.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestHead)]
    fn request_head(request: &Request, names: &Array) -> String;
    #[wasm_bindgen(js_name = responseHead)]
    fn response_head(response: &Response, names: &Array) -> String;
    #[wasm_bindgen(catch, js_name = bytes)]
    fn request_bytes(request: &Request) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_name = bytesWithin)]
    fn bytes_within(request: &Request, limit: u32) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_name = bytes)]
    fn response_bytes(response: &Response) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_name = ask)]
    fn fetch(
        method: &str,
        url: &str,
        head: &str,
        body: Option<Vec<u8>>,
        timeout_ms: u32,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn respond(
        status: u16,
        head: &str,
        body: Option<Vec<u8>>,
        made_at: Option<f64>,
    ) -> Result<Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn relay(status: u16, head: &str, response: &Response, made_at: Option<f64>)
    -> Result<Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn copy(head: &str, response: &Response) -> Result<Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn find(key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn keep(key: &str, response: &Response) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn forget(key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn count(limit: &JsValue, key: &str) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What the runtime tells of an event beside its request.
    pub type EventContext;
    #[wasm_bindgen(method, js_name = waitUntil)]
    fn wait_until(this: &EventContext, promise: &Promise);

    /// An event of the platform's clock.
    pub type ClockEvent;
    /// The minute that it stands for, in milliseconds since 1970.
    #[wasm_bindgen(method, getter, js_name = scheduledTime)]
    pub(crate) fn scheduled_time(this: &ClockEvent) -> f64;

    /// Writes a line that tells of what went as it should.
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(crate) fn note(line: &str);
    /// Writes a line that somebody has to look at.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(crate) fn report(line: &str);
}

impl EventContext {
    /// Goes on with `work` after the answer.
    pub(crate) fn after_the_answer(&self, work: impl Future<Output = ()> + 'static) {
        self.wait_until(&task::run(async {
            work.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}

/// Whether one more for `key` is within `limit`, a binding of the platform's.
///
/// # Errors
/// When the binding does not count.
pub(crate) async fn counts(limit: &JsValue, key: &str) -> Result<bool, Fault> {
    Ok(settled(count(limit, key)).await?.is_truthy())
}

/// What a promise of the runtime's comes to.
async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, Fault> {
    Ok(task::settled(promise?).await?)
}

/// What the runtime says when something did not work.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl From<JsValue> for Fault {
    fn from(thrown: JsValue) -> Self {
        Self(
            thrown.dyn_ref::<Error>().map_or_else(|| format!("{thrown:?}"), |error| error.to_string().into()),
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        Error::new(&fault.0).into()
    }
}

/// Names of header lines, in the runtime's hands so that they cross but once.
pub(crate) struct Names {
    names: &'static [&'static str],
    array: Array,
}

impl Names {
    pub(crate) fn new(names: &'static [&'static str]) -> Self {
        Self { names, array: names.iter().map(|name| JsValue::from_str(name)).collect() }
    }
}

/// Which lines are read: one list for each of the places that read any.
pub(crate) type Named = &'static LocalKey<Names>;

/// The lines in the text of a head, as `js/border.js` writes them: those of `names`, in their order.
fn read<'a>(names: &[&'static str], rest: impl Iterator<Item = &'a str>) -> Lines {
    let mut names = names.iter();
    rest.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((*names.find(|known| **known == name)?, value.to_owned()))
    })
    .collect()
}

/// Header lines as they cross.
fn written<'a>(lines: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in lines {
        text.extend([name, ":", value, "\n"]);
    }
    text
}

/// The value of the line `name`.
pub(crate) fn value<'a>(lines: &'a Lines, name: &str) -> Option<&'a str> {
    lines.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// A request: what it asks in its first lines, and its body, not yet read.
pub(crate) struct Incoming {
    /// As it was sent: not only those that the contract knows.
    pub(crate) method: String,
    /// As it was sent, scheme and host included.
    pub(crate) url: String,
    /// The named lines.
    pub(crate) lines: Lines,
    has_body: bool,
    request: Request,
}

impl Incoming {
    pub(crate) fn new(request: Request, names: Named) -> Self {
        let text = names.with(|names| request_head(&request, &names.array));
        let mut rest = text.split('\n');
        let mut first = || rest.next().unwrap_or_default();
        let (method, url, has_body) = (first().to_owned(), first().to_owned(), first() == "1");
        Self { method, url, has_body, lines: names.with(|names| read(names.names, rest)), request }
    }

    /// From the first slash of the path on.
    pub(crate) fn path_and_query(&self) -> &str {
        path_and_query(&self.url)
    }

    /// The path alone.
    pub(crate) fn path(&self) -> &str {
        self.path_and_query().split('?').next().unwrap_or_default()
    }

    /// Its body; `None` where that passes `limit` bytes. What says its length beforehand, and lies, does not get here.
    ///
    /// # Errors
    /// When it breaks off.
    pub(crate) async fn body(&self, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
        if !self.has_body {
            return Ok(Some(vec![]));
        }
        let declared = value(&self.lines, "content-length").is_some()
            && value(&self.lines, "transfer-encoding").is_none();
        let bytes = if declared {
            settled(request_bytes(&self.request)).await?
        } else {
            settled(bytes_within(&self.request, u32::try_from(limit).unwrap_or(u32::MAX))).await?
        };
        Ok((!bytes.is_undefined()).then(|| to_vec(&bytes)).filter(|bytes| bytes.len() <= limit))
    }
}

/// What follows scheme, host and port in a URL as the runtime writes it.
fn path_and_query(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("/", |at| &url[host + at..])
}

/// An answer of another server, or of the cache.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The named lines.
    pub(crate) lines: Lines,
    response: Response,
}

impl Reply {
    fn new(response: Response, names: Named) -> Self {
        let text = names.with(|names| response_head(&response, &names.array));
        let mut rest = text.split('\n');
        let status = rest.next().and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { status, lines: names.with(|names| read(names.names, rest)), response }
    }

    /// The value of the line `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        value(&self.lines, name)
    }

    /// Its body, read to the end.
    ///
    /// # Errors
    /// When it breaks off.
    pub(crate) async fn bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok(to_vec(&settled(response_bytes(&self.response)).await?))
    }

    /// What it says, if that reads as a `T`.
    pub(crate) async fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.bytes().await.ok()?).ok()
    }

    /// Its body under other lines, to be kept; it itself is still there to be passed on.
    pub(crate) fn entry(&self, lines: &Lines) -> Result<Entry, Fault> {
        Ok(Entry(copy(&text(lines), &self.response)?))
    }
}

fn to_vec(bytes: &JsValue) -> Vec<u8> {
    bytes.unchecked_ref::<Uint8Array>().to_vec()
}

fn text(lines: &Lines) -> String {
    written(lines.iter().map(|(name, value)| (*name, value.as_str())))
}

/// Asks another server, for `timeout_ms` at most.
///
/// # Errors
/// What the runtime says when there is no answer in time.
pub(crate) async fn ask<'a>(
    method: &str,
    url: &str,
    lines: impl Iterator<Item = (&'static str, &'a str)>,
    body: Option<Vec<u8>>,
    timeout_ms: u32,
    names: Named,
) -> Result<Reply, Fault> {
    let response = settled(fetch(method, url, &written(lines), body, timeout_ms)).await?;
    Ok(Reply::new(response.unchecked_into(), names))
}

/// The body of an answer.
pub(crate) enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// Another's, as it comes.
    Of(Reply),
}

/// The runtime's form of an answer made at `made_at`; its `date` is that, unless it has one among its lines.
///
/// # Errors
/// When a line or the status is none that HTTP knows.
pub(crate) fn answer(status: u16, lines: &Lines, body: Body, made_at: Instant) -> Result<Response, Fault> {
    // Exact: an `Instant` is within what JavaScript's `Date` knows.
    #[allow(clippy::cast_precision_loss)]
    let made_at = value(lines, "date").is_none().then(|| made_at.millis() as f64);
    let head = text(lines);
    Ok(match body {
        Body::Empty => respond(status, &head, None, made_at)?,
        Body::Bytes(bytes) => respond(status, &head, Some(bytes), made_at)?,
        Body::Of(reply) => relay(status, &head, &reply.response, made_at)?,
    })
}

/// An answer that the cache may keep: as long as its `cache-control` says.
pub(crate) struct Entry(Response);

impl Entry {
    /// Keeps it under `key`.
    ///
    /// # Errors
    /// When the cache does not take it.
    pub(crate) async fn keep(&self, key: &str) -> Result<(), Fault> {
        settled(keep(key, &self.0)).await?;
        Ok(())
    }
}

/// Keeps entries that say all in their `lines` under each of `marks`, and forgets what is kept under each of
/// `forgotten`: all at once, and what does not work is left.
pub(crate) async fn mark_and_forget(marks: &[String], lines: &Lines, forgotten: &[String]) {
    let head = text(lines);
    let mark = |key: &String| keep(key, &respond(200, &head, Some(b"-".to_vec()), None)?);
    let all: Array =
        marks.iter().map(mark).chain(forgotten.iter().map(|key| forget(key))).flatten().collect();
    let _ = task::settled(Promise::all_settled(&all)).await;
}

/// What the cache keeps under `key`.
pub(crate) async fn kept(key: &str, names: Named) -> Option<Reply> {
    let found = settled(find(key)).await.ok().filter(|found| !found.is_undefined())?;
    Some(Reply::new(found.unchecked_into(), names))
}

/// Forgets what the cache keeps under `key`, if it does.
pub(crate) async fn drop_kept(key: &str) {
    let _ = settled(forget(key)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_travels_as_it_was_written() {
        for (url, rest) in [
            ("http://h:8787/api/v1/time", "/api/v1/time"),
            ("https://h/a?next=http://x/y&b=%2F", "/a?next=http://x/y&b=%2F"),
            ("https://h/", "/"),
            ("https://h", "/"),
        ] {
            assert_eq!(path_and_query(url), rest);
        }
    }

    #[test]
    fn lines_cross_and_come_back() {
        let names = &["accept", "etag", "x-request-id"];
        let lines = vec![("accept", String::new()), ("x-request-id", "a: b".to_owned())];
        assert_eq!(text(&lines), "accept:\nx-request-id:a: b\n");
        assert_eq!(read(names, text(&lines).split('\n')), lines);
        assert_eq!(read(names, "host:h\n".split('\n')), vec![]);
    }
}
