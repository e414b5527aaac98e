//! Extractors that answer in the contract's words: what is wrong, where, and what would be right.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use chrono::NaiveDate;
use logic::api;
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
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.map(|text| text.split(';').next().unwrap_or_default().trim());
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err(AppError::invalid(format!(
                "the content-type must be application/json, not {}",
                media_type.unwrap_or("left out")
            )));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == Code::PayloadTooLarge.status() {
                AppError::from(Code::PayloadTooLarge)
            } else {
                AppError::invalid(format!("the body cannot be read: {}", rejection.body_text()))
            }
        })?;
        from_json(&body).map(Self).map_err(AppError::invalid)
    }
}

/// Reads all of `text` as a `T`.
///
/// # Errors
/// What is wrong, with the path of the field and the place in the text.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        if path == "." { e.inner().to_string() } else { format!("{path}: {}", e.inner()) }
    })?;
    reader.end().map_err(|e| e.to_string())?;
    Ok(value)
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
        let date = api::date::parse(&date).map_err(|_| nothing_there())?;
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
