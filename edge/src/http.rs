//! Requests and responses as the edge looks at them. The headers that it needs are read once; a body stays with the
//! runtime until somebody reads it.

use contract::status;
use futures_util::TryStreamExt as _;
use js_sys::{Date, Uint8Array};
use logic::Instant;
use serde::de::DeserializeOwned;
use worker::{Headers, Request, Response, ResponseBody};

/// Headers, names in lower case.
pub(crate) type HeaderList = Vec<(&'static str, String)>;

/// The value of the header `name`.
pub(crate) fn value<'a>(headers: &'a HeaderList, name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// Borrows a list as [`to_headers`] takes it.
pub(crate) fn pairs(headers: &HeaderList) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str()))
}

/// The runtime's form of some headers.
pub(crate) fn to_headers<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> worker::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in pairs {
        headers.set(name, value)?;
    }
    Ok(headers)
}

/// Reads the headers of `names`, in that order.
fn select(headers: &Headers, names: &[&'static str]) -> HeaderList {
    names.iter().filter_map(|name| Some((*name, headers.get(name).ok().flatten()?))).collect()
}

/// A request from a caller.
pub(crate) struct IncomingRequest {
    /// As it was sent: `worker::Method` takes methods that it does not know for GET.
    pub(crate) method: String,
    /// From the first slash of the path on, as it was sent.
    pub(crate) path_and_query: String,
    /// The headers that the edge itself or the origin reads.
    pub(crate) headers: HeaderList,
    request: Request,
}

impl IncomingRequest {
    /// Reads method, URL and the headers of `names`.
    pub(crate) fn new(request: Request, names: &[&'static str]) -> Self {
        let raw = request.inner();
        Self {
            method: raw.method(),
            path_and_query: path_and_query(&raw.url()).to_owned(),
            headers: select(request.headers(), names),
            request,
        }
    }

    /// The path without the query.
    pub(crate) fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// Reads the body; `None` if it is longer than `limit` bytes. A body of a declared length is as long as declared:
    /// the runtime sees to that.
    pub(crate) async fn body(&mut self, limit: usize) -> worker::Result<Option<Vec<u8>>> {
        if self.request.inner().body().is_none() {
            return Ok(Some(vec![]));
        }
        let declared = value(&self.headers, "content-length").is_some()
            && value(&self.headers, "transfer-encoding").is_none();
        let bytes = if declared { self.request.bytes().await? } else { self.streamed_body(limit).await? };
        Ok((bytes.len() <= limit).then_some(bytes))
    }

    /// Reads the body in chunks, up to twice `limit`. A caller who sends a little too much has sent all of it by the
    /// time the refusal is written, and can read it; beyond that the connection may end first.
    async fn streamed_body(&mut self, limit: usize) -> worker::Result<Vec<u8>> {
        let mut chunks = self.request.stream()?;
        let mut bytes = vec![];
        while bytes.len() <= 2 * limit
            && let Some(chunk) = chunks.try_next().await?
        {
            bytes.extend(chunk);
        }
        Ok(bytes)
    }
}

/// The part of a URL after scheme, host and port.
fn path_and_query(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("/", |at| &url[host + at..])
}

/// A response of the origin or of the cache.
pub(crate) struct FetchedResponse {
    /// Its status code.
    pub(crate) status: u16,
    /// The headers that were asked for.
    pub(crate) headers: HeaderList,
    /// The runtime's own, its body unread.
    pub(crate) response: Response,
}

impl FetchedResponse {
    /// Reads status and the headers of `names`.
    pub(crate) fn new(response: Response, names: &[&'static str]) -> Self {
        Self { status: response.status_code(), headers: select(response.headers(), names), response }
    }

    /// The value of the header `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// Reads the body.
    pub(crate) async fn bytes(&self) -> worker::Result<Vec<u8>> {
        read_body(self.response.body()).await
    }

    /// Reads the body as JSON; `None` if it is not a `T`.
    pub(crate) async fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.bytes().await.ok()?).ok()
    }

    /// A copy that succeeded, with these headers. The response itself can still be passed on.
    pub(crate) fn copy_with(&mut self, headers: &HeaderList) -> worker::Result<Response> {
        Ok(self.response.cloned()?.with_status(status::OK).with_headers(to_headers(pairs(headers))?))
    }
}

/// Reads a body in one step; `worker::Response::bytes` takes one step and more for every chunk.
pub(crate) async fn read_body(body: &ResponseBody) -> worker::Result<Vec<u8>> {
    match body {
        ResponseBody::Empty => Ok(vec![]),
        ResponseBody::Body(bytes) => Ok(bytes.clone()),
        ResponseBody::Stream(stream) => {
            let response = web_sys::Response::new_with_opt_readable_stream(Some(stream))?;
            Ok(Uint8Array::new(&response.array_buffer()?.await?).to_vec())
        }
    }
}

/// `now` as the `date` header writes it.
pub(crate) fn date(now: Instant) -> String {
    // Exact: an `Instant` is within the range of JavaScript's `Date`.
    #[allow(clippy::cast_precision_loss)]
    let millis = now.millis() as f64;
    Date::new(&millis.into()).to_utc_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_kept_as_sent() {
        for (url, rest) in [
            ("http://h:8787/api/v1/time", "/api/v1/time"),
            ("https://h/a?next=http://x/y&b=%2F", "/a?next=http://x/y&b=%2F"),
            ("https://h/", "/"),
            ("https://h", "/"),
        ] {
            assert_eq!(path_and_query(url), rest);
        }
    }
}
