//! What a token says, and what must hold of it.

use logic::status::Role;
use serde::{Deserialize, Serialize};

/// What a token says (API, "Who may").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account, as text: RFC 7519 wants a string.
    pub sub: String,
    /// What it may do.
    pub role: Role,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Ends at, in seconds.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
}
