//! What a write is answered.

use std::sync::Arc;

use contract::problem::{MEDIA_TYPE, Problem};
use logic::Refusal;
use serde::Serialize;

use crate::error::AppError;

/// What a verb answers: its value, or the rule that refused it. What it changed is committed either way (decision 0005).
pub type Verdict<T> = Result<T, Refusal>;

/// The largest answer that is stored, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// An answer as it is stored and sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its JSON.
    pub body: Arc<[u8]>,
    /// Whether it was given before, to the first request with its key.
    pub is_replay: bool,
}

impl Answer {
    /// The answer to a write that succeeds with `status`; a refusal has its own status, and names the request.
    ///
    /// # Errors
    /// `internal` if it cannot be written, or is larger than what is stored.
    pub(super) fn of<T: Serialize>(
        verdict: Verdict<T>,
        status: u16,
        request_id: &str,
    ) -> Result<Self, AppError> {
        let (status, body) = match verdict {
            Ok(value) => (status, serde_json::to_vec(&value)),
            Err(refusal) => {
                let problem = Problem::from(refusal);
                (problem.status(), serde_json::to_vec(&problem.body(request_id)))
            }
        };
        let body = body.map_err(|error| AppError::Internal(error.into()))?;
        if body.len() > MAX_BYTES {
            let bytes = body.len();
            return Err(AppError::Internal(anyhow::anyhow!(
                "an answer of {bytes} bytes is over {MAX_BYTES}"
            )));
        }
        Ok(Self { status, body: body.into(), is_replay: false })
    }

    /// Its media type.
    pub fn media_type(&self) -> &'static str {
        if self.status < 400 { "application/json" } else { MEDIA_TYPE }
    }

    /// Whether repeating the same request later could not change it: then it is stored under the key.
    pub(super) fn is_final(&self) -> bool {
        matches!(self.status, 200..=299 | 404 | 409 | 410 | 422)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::Code;

    #[test]
    fn an_answer_that_is_too_large_is_a_fault() {
        let of = |bytes: usize| Answer::of(Ok("x".repeat(bytes)), 200, "r");
        assert_eq!(of(MAX_BYTES - 2).unwrap().body.len(), MAX_BYTES, "with its quotes");
        assert_eq!(of(MAX_BYTES - 1).unwrap_err().code(), Code::Internal);
    }

    #[test]
    fn only_final_answers_are_stored() {
        let answer = |status| Answer { status, body: Arc::default(), is_replay: false };
        for status in [200, 201, 404, 409, 410, 422] {
            assert!(answer(status).is_final(), "{status}");
        }
        for status in [304, 400, 401, 403, 405, 408, 413, 415, 429, 500, 503] {
            assert!(!answer(status).is_final(), "{status}");
        }
    }
}
