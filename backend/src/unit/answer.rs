//! What a write is answered.

use std::sync::Arc;

use contract::problem::{self, Problem};
use contract::{body, status};
use logic::Refusal;
use serde::Serialize;

use crate::error::AppError;

/// What a verb answers: its value, or the rule that refused it. What it changed is committed either way (decision 0005).
pub type Verdict<T> = Result<T, Refusal>;

/// The largest answer that is stored, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// An answer as it is stored and sent. Only a [`Unit`](super::Unit) makes one, when it has written it into the
/// transaction: an operation that has an answer has written as a unit.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its HTTP status.
    pub(super) status: u16,
    /// Its JSON.
    pub(super) body: Arc<[u8]>,
    /// Whether it was given before, to the first request with its key.
    pub(super) is_replay: bool,
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

    /// Its HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Its JSON.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether it was given before, to the first request with its key.
    pub const fn is_replay(&self) -> bool {
        self.is_replay
    }

    /// Its media type.
    pub fn media_type(&self) -> &'static str {
        if status::is_problem(self.status) { problem::MEDIA_TYPE } else { body::MEDIA_TYPE }
    }

    /// Whether repeating the same request later could not change it: then it is stored under the key.
    pub(super) fn is_final(&self) -> bool {
        status::is_final(self.status)
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
}
