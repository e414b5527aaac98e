//! What goes back to the caller, whoever wrote it.

use crate::border::{self, Body, Fault, Lines, Reply, report};
use crate::problem::Problem;
use logic::{Code, Instant};
use serde::Serialize;
use std::mem;
use web_sys::Response;

/// An answer before the headers that every answer carries.
pub(crate) struct Answer {
    status: u16,
    lines: Lines,
    body: Body,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, lines: vec![("content-type", content_type.to_owned())], body: Body::Bytes(body) }
    }

    /// An answer that says all in its status and headers.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, lines: vec![], body: Body::Empty }
    }

    /// The origin's answer, its body streamed through.
    pub(crate) fn of(mut reply: Reply) -> Self {
        Self { status: reply.status, lines: mem::take(&mut reply.lines), body: Body::Of(reply) }
    }

    /// What the origin answered, with `body` in its body's place.
    pub(crate) fn from_origin(status: u16, lines: Lines, body: Body) -> Self {
        Self { status, lines, body }
    }

    /// 200 with `value`.
    ///
    /// # Errors
    /// `internal` when `value` has no JSON form.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|fault| {
            report(&format!("an answer has no JSON form: {fault}"));
            Problem::new(Code::Internal, "the answer could not be written")
        })?;
        Ok(Self::new(200, "application/json", body))
    }

    /// Not to be kept by anyone in between.
    pub(crate) fn never_kept(self) -> Self {
        self.with_lines([("cache-control", "no-store".to_owned())])
    }

    pub(crate) fn with_lines(mut self, lines: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// The runtime's form; to HEAD without a body.
    ///
    /// # Errors
    /// When a line is none that HTTP knows.
    pub(crate) fn into_response(self, method: &str, made_at: Instant) -> Result<Response, Fault> {
        let body = if method == "HEAD" { Body::Empty } else { self.body };
        border::answer(self.status, &self.lines, body, made_at)
    }
}
