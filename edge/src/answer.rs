//! What goes back to the caller, whoever wrote it.

use crate::clock::http_date;
use crate::problem::Problem;
use logic::{Code, Instant};
use serde::Serialize;
use worker::{Headers, Response, ResponseBody, console_error};

/// An answer before the headers that every answer carries.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: ResponseBody,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: ResponseBody::Body(body),
        }
    }

    /// An answer that says all in its status and headers.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: ResponseBody::Empty }
    }

    /// The origin's answer, its body streamed through.
    pub(crate) fn from_origin(status: u16, headers: Vec<(&'static str, String)>, body: ResponseBody) -> Self {
        Self { status, headers, body }
    }

    /// 200 with `value`.
    ///
    /// # Errors
    /// `internal` when `value` has no JSON form.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|fault| {
            console_error!("an answer has no JSON form: {fault}");
            Problem::new(Code::Internal, "the answer could not be written")
        })?;
        Ok(Self::new(200, "application/json", body))
    }

    /// Not to be kept by anyone in between.
    pub(crate) fn never_kept(self) -> Self {
        self.with_headers([("cache-control", "no-store".to_owned())])
    }

    pub(crate) fn with_headers(mut self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The runtime's form, with `x-request-id` and `date`; to HEAD without a body.
    pub(crate) fn into_response(
        self,
        method: &str,
        request_id: &str,
        now: Instant,
    ) -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set("date", &http_date(now))?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        headers.set("x-request-id", request_id)?;
        let body = if method == "HEAD" { ResponseBody::Empty } else { self.body };
        Ok(Response::builder().with_status(self.status).with_headers(headers).body(body))
    }
}
