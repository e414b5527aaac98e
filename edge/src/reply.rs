//! The response to the caller, whoever wrote it.

use crate::http::{self, FetchedResponse, HeaderList, value};
use contract::problem::{self, Problem};
use contract::{body, status};
use logic::{Code, Instant};
use serde::Serialize;
use worker::{Response, ResponseBody, console_error};

/// A response before the headers that every response carries.
pub(crate) struct Reply {
    status: u16,
    headers: HeaderList,
    body: ResponseBody,
}

impl Reply {
    /// A response with a body.
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: ResponseBody::Body(body),
        }
    }

    /// The response that refuses a request.
    pub(crate) fn refusal(problem: &Problem, request_id: &str) -> Self {
        let body = problem.body(request_id).to_string().into_bytes();
        Self::new(problem.status(), problem::MEDIA_TYPE, body).with_headers(problem.headers())
    }

    /// A response without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: ResponseBody::Empty }
    }

    /// 200 with `value` as JSON.
    ///
    /// # Errors
    /// `internal` when `value` has no JSON form.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, Problem> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            console_error!("a response has no JSON form: {error}");
            Problem::new(Code::Internal, "the response could not be written")
        })?;
        Ok(Self::new(status::OK, body::MEDIA_TYPE, bytes))
    }

    /// Passes on a response; its body is streamed.
    pub(crate) fn pass_on(fetched: FetchedResponse) -> Self {
        Self { status: fetched.status, headers: fetched.headers, body: fetched.response.body().clone() }
    }

    /// A response of these parts.
    pub(crate) fn from_parts(status: u16, headers: HeaderList, body: ResponseBody) -> Self {
        Self { status, headers, body }
    }

    /// Forbids every cache to store it.
    pub(crate) fn no_store(self) -> Self {
        self.with_headers([("cache-control", "no-store".to_owned())])
    }

    /// Adds headers.
    pub(crate) fn with_headers(mut self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The runtime's form. A response to HEAD has no body. Where no `date` is set, it is `now`.
    pub(crate) fn into_response(mut self, method: &str, now: Instant) -> worker::Result<Response> {
        if value(&self.headers, "date").is_none() {
            self.headers.push(("date", http::date(now)));
        }
        let body = if method == "HEAD" { ResponseBody::Empty } else { self.body };
        let headers = http::to_headers(http::pairs(&self.headers))?;
        Ok(Response::builder().with_status(self.status).with_headers(headers).body(body))
    }
}
