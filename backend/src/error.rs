//! What can go wrong while a request or a command is served.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::store::{StoreError, server_error};
use logic::{Code, Instant, Refusal};

/// The one error of the services and the endpoints. Each variant says its cause in its own text, so none names it as its
/// source too: a log or a command would print it twice.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule or the contract refuses: the caller can solve it.
    #[error("{0}")]
    Refused(Refusal),
    /// The database could not do it, or its rows are not as they were loaded.
    #[error("database: {0}")]
    Store(StoreError),
    /// It cannot be done now, for a reason that the caller is told; a later attempt may work.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// Something that this service needs cannot be reached or used; a later attempt may work. The reason is for the log
    /// alone: it may name what the caller must not know.
    #[error("unavailable: {0}")]
    Unreachable(String),
    /// Another request is in the way for a moment.
    #[error("busy: another request with this idempotency key is under way")]
    Busy,
    /// The caller asked too often.
    #[error("too many requests: ask again in {seconds} s")]
    TooOften {
        /// After how many seconds it may ask again.
        seconds: u64,
    },
    /// The database did not say what became of a COMMIT.
    #[error("the outcome of a COMMIT is unknown: {why}")]
    OutcomeUnknown {
        /// Whether the write has a key, so that repeating it tells.
        has_key: bool,
        /// What went wrong.
        why: String,
    },
    /// Another request has stored its answer under the key of this write, which therefore must not take effect.
    #[error("another request with this idempotency key was answered meanwhile")]
    KeyTaken,
    /// A fault of this program.
    #[error("internal: {0:#}")]
    Internal(anyhow::Error),
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl AppError {
    /// 400: `what` is wrong with the request, and where, and what would be right.
    pub fn invalid(what: impl Into<String>) -> Self {
        Refusal::because(Code::InvalidRequest, what).into()
    }

    /// 404: `what` does not exist, or belongs to another account.
    pub fn not_found(what: impl Into<String>) -> Self {
        Refusal::because(Code::NotFound, what).into()
    }

    /// 409: the state does not allow it.
    pub fn conflict(why: impl Into<String>) -> Self {
        Refusal::because(Code::Conflict, why).into()
    }

    /// 401: why the token is not accepted.
    pub fn unauthenticated(why: impl Into<String>) -> Self {
        Refusal::because(Code::Unauthenticated, why).into()
    }

    /// 429: the caller may ask again at `until`.
    pub fn too_often_until(until: Instant, now: Instant) -> Self {
        let millis = u64::try_from(until.millis_since(now)).unwrap_or(0);
        Self::TooOften { seconds: millis.div_ceil(1000).max(1) }
    }

    /// The same error, of the thing at `index` of those that were asked for together, if it is a refusal.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        match self {
            Self::Refused(refusal) => refusal.at(index).into(),
            other => other,
        }
    }

    /// Whether the database cannot be reached or takes no writes: no request is to blame, and no other would fare better.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. }) || self.database().is_some_and(server_error::is_away)
    }

    /// The error of the database driver, if this is one.
    pub fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Store(StoreError::Database(error)) => Some(error),
            _ => None,
        }
    }

    /// The code that the caller sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Unavailable(_)
            | Self::Unreachable(_)
            | Self::Busy
            | Self::KeyTaken
            | Self::OutcomeUnknown { .. } => Code::Unavailable,
            Self::TooOften { .. } => Code::RateLimited,
            Self::Internal(_) => Code::Internal,
            Self::Store(_) if self.is_away() => Code::Unavailable,
            Self::Store(_) if self.database().is_some_and(server_error::is_contended) => Code::Unavailable,
            Self::Store(_) => Code::Internal,
        }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Refusal::from(code).into()
    }
}

/// Does `work`, whose panic is an error like any other. What `work` borrows must not be left half changed by a panic.
///
/// # Errors
/// Those of `work`; `internal` if it panics.
pub async fn catch_panic<T>(work: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let panicked = |_| Err(AppError::Internal(anyhow::anyhow!("it panicked")));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::ids::ProfileId;

    #[tokio::test]
    async fn a_panic_is_an_error() {
        assert_eq!(catch_panic(async { Ok(1) }).await.unwrap(), 1);
        let panicked: Result<(), _> = catch_panic(async { panic!("unlucky") }).await;
        assert_eq!(panicked.unwrap_err().code(), Code::Internal);
    }

    #[test]
    fn a_command_prints_each_cause_once() {
        let printed = |error: AppError| format!("{:#}", anyhow::Error::from(error));
        assert_eq!(
            printed(AppError::invalid("openid: is another account's")),
            "openid: is another account's"
        );
        let store = StoreError::NotLocked(ProfileId(7));
        assert_eq!(printed(store.into()), "database: profile 7 is not locked");
        let internal = anyhow::anyhow!("no file").context("the key");
        assert_eq!(printed(internal.into()), "internal: the key: no file");
    }
}
