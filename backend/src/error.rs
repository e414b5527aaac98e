//! What can go wrong while a request or a command is served.

use logic::{Code, Refusal};

use crate::db::server_error;

/// The one error of the domain and the endpoints.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule, or the contract, says no. The caller's to solve; nothing was changed.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The database could not do it.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Something that this service needs is away for a moment; asking again later may work.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("internal: {0:#}")]
    Internal(#[from] anyhow::Error),
}

impl AppError {
    /// 400: `what` is wrong with the request, and where, and what would be right.
    pub fn invalid(what: impl Into<String>) -> Self {
        Refusal::because(Code::InvalidRequest, what).into()
    }

    /// 404: `what` does not exist, or is not the caller's.
    pub fn not_found(what: impl Into<String>) -> Self {
        Refusal::because(Code::NotFound, what).into()
    }

    /// 409: the state does not allow it.
    pub fn conflict(why: impl Into<String>) -> Self {
        Refusal::because(Code::Conflict, why).into()
    }

    /// 401: why the token is no good.
    pub fn unauthenticated(why: impl Into<String>) -> Self {
        Refusal::because(Code::Unauthenticated, why).into()
    }

    /// Whether the database cannot be reached or takes no writes: no request is to blame, and no other would fare better.
    pub fn is_away(&self) -> bool {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
        match self {
            Self::Database(Io(_) | PoolClosed | PoolTimedOut | Tls(_)) => true,
            Self::Database(error) => server_error::is_away(error),
            _ => false,
        }
    }

    /// The code that the caller sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Unavailable(_) => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
            Self::Database(_) if self.is_away() => Code::Unavailable,
            Self::Database(error) if server_error::is_contended(error) => Code::Unavailable,
            Self::Database(_) => Code::Internal,
        }
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Refusal::from(code).into()
    }
}
