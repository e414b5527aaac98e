//! Errors as `application/problem+json` (RFC 9457), from `logic`'s one table of codes.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use logic::Code;
use serde_json::{Map, Value, json};

use crate::error::AppError;

/// Seconds after which a client may ask again.
const RETRY_AFTER_SECONDS: &str = "5";

/// What a problem says, but for the request's id: the envelope around every answer knows that, and writes the body.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: Code,
    detail: String,
    fields: Map<String, Value>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Map::new(), retry_after: None }
    }

    /// With the seconds after which the caller may ask again.
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem that an answer without a body of ours stands for (a router's 405, a limit's 413).
    pub(super) fn of_status(status: StatusCode) -> Option<Self> {
        let code = match status {
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Code::Unavailable
            }
            status if status.is_server_error() => Code::Internal,
            status if status.is_client_error() => Code::InvalidRequest,
            _ => return None,
        };
        Some(Self::new(code, code.title()))
    }

    /// Its status and the headers that its code calls for; the body is the envelope's.
    pub(super) fn head(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        self.add_headers(&mut response);
        response.extensions_mut().insert(self);
        response
    }

    fn add_headers(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let header = match self.code {
            Code::Unauthenticated => (WWW_AUTHENTICATE, "Bearer"),
            Code::Unavailable => (RETRY_AFTER, RETRY_AFTER_SECONDS),
            _ => return,
        };
        response.headers_mut().insert(header.0, HeaderValue::from_static(header.1));
    }

    /// Writes the body into an answer that carries this problem.
    pub(super) fn write(self, into: Response, request_id: &str) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.code.title(),
            "status": self.code.status(),
            "detail": self.detail,
            "code": self.code.as_str(),
            "request_id": request_id,
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(self.fields.clone());
        }
        let (mut head, _) = into.into_parts();
        head.status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (written, body) = Json(body).into_response().into_parts();
        head.headers.extend(written.headers);
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        head.headers.remove(axum::http::header::CONTENT_LENGTH);
        let mut response = Response::from_parts(head, body);
        self.add_headers(&mut response);
        response
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let code = self.code();
        let problem = match &self {
            Self::Refused(refusal) => Problem {
                fields: contract::problem::members(&refusal.facts),
                ..Problem::new(code, refusal.to_string())
            },
            // What broke inside is for the log.
            Self::Database(_) | Self::Internal(_) | Self::Unavailable(_) => {
                tracing::error!(error = %self, code = code.as_str(), "request failed");
                Problem::new(code, code.title())
            }
        };
        problem.head()
    }
}
