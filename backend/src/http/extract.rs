//! Extractors that answer in the contract's words: what is wrong, where, and what would be right.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use chrono::NaiveDate;
use contract::{body, date};
use logic::ids::{BookingId, MakeupId, ScheduleId, WaitlistId};
use logic::{Code, Refusal};
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// A JSON body. 400 unless it is `application/json` and reads as a `T` to its end (a `T` that denies unknown
/// fields has them named); 413 past the size limit.
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        body::check_type(media_type(&request).as_deref()).map_err(AppError::invalid)?;
        body::read(&bytes(request, state).await?).map(Self).map_err(AppError::invalid)
    }
}

/// The body of a write that takes none. 400 for more than an object without fields; 413 past the size limit.
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let media_type = media_type(&request);
        let bytes = bytes(request, state).await?;
        body::check_none(media_type.as_deref(), &bytes).map(|()| Self).map_err(AppError::invalid)
    }
}

/// What the body is said to be.
fn media_type(request: &Request) -> Option<String> {
    request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, AppError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == Code::PayloadTooLarge.status() {
            AppError::from(Code::PayloadTooLarge)
        } else {
            AppError::invalid(format!("the body cannot be read: {}", rejection.body_text()))
        }
    })
}

/// A query string that reads as a `T`; 400 otherwise.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|rejection| AppError::invalid(rejection.body_text()))
    }
}

/// Ids that stand in a path.
pub trait IdInPath {
    /// The id with that number.
    fn from_number(number: i64) -> Self;
}

macro_rules! ids_in_paths {
    ($($id:ident),*) => {$(
        impl IdInPath for $id {
            fn from_number(number: i64) -> Self {
                Self(number)
            }
        }
    )*};
}

ids_in_paths!(BookingId, MakeupId, ScheduleId, WaitlistId);

/// The id in a path; 404 unless it is a positive integer, as for an id that nothing has.
pub struct PathId<T>(pub T);

impl<T: IdInPath, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing_there())?;
        Ok(Self(T::from_number(positive(&text)?)))
    }
}

/// A class session in a path, `{course_schedule_id}/{date}`; 404 unless both are well-formed.
pub struct PathSession(pub ScheduleId, pub NaiveDate);

impl<S: Send + Sync> FromRequestParts<S> for PathSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path((schedule, date)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| nothing_there())?;
        let date = date::parse(&date).map_err(|_| nothing_there())?;
        Ok(Self(ScheduleId(positive(&schedule)?), date))
    }
}

/// Digits alone: `+1`, `01` and ` 1` name nothing.
fn positive(text: &str) -> Result<i64, AppError> {
    text.parse::<i64>()
        .ok()
        .filter(|number| *number > 0 && number.to_string() == text)
        .ok_or_else(nothing_there)
}

fn nothing_there() -> AppError {
    Refusal::because(Code::NotFound, "there is nothing at this path").into()
}
