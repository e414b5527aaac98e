//! A minimal HTTP client: one kept-alive connection that sends a request and waits for its answer. It is minimal because
//! the load generator shares the processors with the service.

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const NOT_MODIFIED: u16 = 304;

/// An open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    out: Vec<u8>,
    buffer: Vec<u8>,
}

/// A request. A key is new, and the request says so, as the mini-program does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    /// Its idempotency key.
    pub(crate) key: Option<&'a str>,
    /// The entity tag of what the caller has.
    pub(crate) held: Option<&'a str>,
    /// JSON, or nothing.
    pub(crate) body: &'a str,
}

/// An answer, valid until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: &'a [u8],
}

/// Where the parts of an answer are.
struct Parsed {
    status: u16,
    etag: Option<String>,
    body: std::ops::Range<usize>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address: address.to_owned(), out: Vec::new(), buffer: Vec::new() })
    }

    /// Sends one request and reads its whole answer.
    pub(crate) async fn send(&mut self, request: &Request<'_>) -> anyhow::Result<Answer<'_>> {
        use std::io::Write;
        let Request { method, path, token, key, held, body } = *request;
        self.out.clear();
        write!(self.out, "{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address)?;
        if let Some(token) = token {
            write!(self.out, "authorization: Bearer {token}\r\n")?;
        }
        if let Some(key) = key {
            write!(self.out, "idempotency-key: {key}\r\nidempotency-first: 1\r\n")?;
        }
        if let Some(held) = held {
            write!(self.out, "if-none-match: {held}\r\n")?;
        }
        if !body.is_empty() {
            write!(self.out, "content-type: application/json\r\ncontent-length: {}\r\n", body.len())?;
        }
        write!(self.out, "\r\n{body}")?;
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the service closed the connection");
            if let Some(Parsed { status, etag, body }) = parse(&self.buffer)? {
                return Ok(Answer { status, etag, body: &self.buffer[body] });
            }
        }
    }
}

/// Returns the parts of an answer, once it is complete.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<Parsed>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes)? else { return Ok(None) };
    let status = response.code.context("an answer without a status")?;
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| std::str::from_utf8(header.value)).transpose()
    };
    let length = match header("content-length")? {
        Some(length) => length.parse()?,
        None if status == NOT_MODIFIED => 0,
        None => bail!("an answer of unknown length"),
    };
    let etag = header("etag")?.map(str::to_owned);
    let end: usize = start + length;
    Ok((bytes.len() >= end).then_some(Parsed { status, etag, body: start..end }))
}
