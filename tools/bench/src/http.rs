//! A minimal HTTP client: one kept-alive connection that sends a request and waits for its answer. It is minimal because
//! the load generator shares the processors with the service.

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    out: Vec<u8>,
    buffer: Vec<u8>,
}

/// An answer, valid until the next request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address: address.to_owned(), out: Vec::new(), buffer: Vec::new() })
    }

    /// Sends one request and reads its whole answer. A key is new, and the request says so, as the mini-program does.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: &str,
    ) -> anyhow::Result<Answer<'_>> {
        use std::io::Write;
        self.out.clear();
        write!(self.out, "{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address)?;
        if let Some(token) = token {
            write!(self.out, "authorization: Bearer {token}\r\n")?;
        }
        if let Some(key) = key {
            write!(self.out, "idempotency-key: {key}\r\nidempotency-first: 1\r\n")?;
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
            if let Some((status, body)) = parse(&self.buffer)? {
                return Ok(Answer { status, body: &self.buffer[body] });
            }
        }
    }
}

/// Returns the status and the range of the body, once it is complete.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<(u16, std::ops::Range<usize>)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = response.parse(bytes)? else { return Ok(None) };
    let status = response.code.context("an answer without a status")?;
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let Some(length) = length else { bail!("an answer of unknown length") };
    let end = start + std::str::from_utf8(length.value)?.parse::<usize>()?;
    Ok((bytes.len() >= end).then_some((status, start..end)))
}
