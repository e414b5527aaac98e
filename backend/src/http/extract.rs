//! Extractors that refuse with a problem that says what is wrong, where, and what would be right.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use chrono::NaiveDate;
use contract::problem::NOTHING_HERE;
use contract::{body, date};
use logic::ids::ScheduleId;
use logic::{Code, Refusal};
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::server;

/// A JSON body. 400 unless it is `application/json` and all of it reads as a `T`; 413 beyond the size limit.
pub(super) struct ApiJson<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        body::check_type(media_type(&request).as_deref()).map_err(AppError::invalid)?;
        body::read(&bytes(request).await?).map(Self).map_err(AppError::invalid)
    }
}

/// A JSON body that may be left out, which counts as an object without fields.
pub(super) struct OptionalJson<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let media_type = media_type(&request);
        let bytes = bytes(request).await?;
        if bytes.is_empty() {
            return body::read(b"{}").map(Self).map_err(AppError::invalid);
        }
        body::check_type(media_type.as_deref()).map_err(AppError::invalid)?;
        body::read(&bytes).map(Self).map_err(AppError::invalid)
    }
}

/// The body of a write that takes none. 400 for more than an object without fields; 413 beyond the size limit.
pub(super) struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let media_type = media_type(&request);
        let bytes = bytes(request).await?;
        body::check_none(media_type.as_deref(), &bytes).map(|()| Self).map_err(AppError::invalid)
    }
}

fn media_type(request: &Request) -> Option<String> {
    request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn bytes(request: Request) -> Result<Bytes, AppError> {
    to_bytes(request.into_body(), body::BODY_LIMIT).await.map_err(|error| server::fault(&error))
}

/// A query string that reads as a `T`; 400 otherwise.
pub(super) struct ApiQuery<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string as a `T`.
///
/// # Errors
/// `invalid_request`, naming the parameter.
pub(super) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, AppError> {
    let uri = format!("/?{query}").parse::<Uri>().map_err(|error| AppError::invalid(error.to_string()))?;
    let Query(value) =
        Query::try_from_uri(&uri).map_err(|rejection| AppError::invalid(rejection.body_text()))?;
    Ok(value)
}

/// The id in a path; 404 unless it is a positive integer, as for an unknown id.
pub(super) struct PathId<T>(pub(super) T);

impl<T: From<i64>, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing_here())?;
        Ok(Self(T::from(positive(&text)?)))
    }
}

/// Two ids in a path; 404 unless both are positive integers, as for unknown ids.
pub(super) struct PathIds<T, U>(pub(super) T, pub(super) U);

impl<T: From<i64>, U: From<i64>, S: Send + Sync> FromRequestParts<S> for PathIds<T, U> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path((one, other)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| nothing_here())?;
        Ok(Self(T::from(positive(&one)?), U::from(positive(&other)?)))
    }
}

/// A class session in a path, `{course_schedule_id}/{date}`; 404 unless both are well-formed.
pub(super) struct PathSession(pub(super) ScheduleId, pub(super) NaiveDate);

impl<S: Send + Sync> FromRequestParts<S> for PathSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path((schedule, date)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| nothing_here())?;
        let date = date::parse(&date).map_err(|_| nothing_here())?;
        Ok(Self(ScheduleId(positive(&schedule)?), date))
    }
}

/// Digits only: `+1`, `01` and ` 1` are refused.
fn positive(text: &str) -> Result<i64, AppError> {
    text.parse::<i64>()
        .ok()
        .filter(|number| *number > 0 && number.to_string() == text)
        .ok_or_else(nothing_here)
}

fn nothing_here() -> AppError {
    Refusal::because(Code::NotFound, NOTHING_HERE).into()
}
