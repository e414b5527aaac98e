//! The outcome of an attempt to send a message.

use logic::Instant;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// WeChat accepted the message.
    Delivered { accepted_at: Instant },
    /// WeChat never will: there is no consent.
    Undeliverable { why: String },
    /// No more attempts are made.
    Failed { why: String },
    /// What the message reports is over.
    Cancelled { why: &'static str },
    /// Another attempt is made at that time.
    Retry { at: Instant, why: String },
    /// Not attempted: the next claim takes it.
    Released,
}

impl Outcome {
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Retry { .. } => "retried",
            Self::Released => "released",
        }
    }
}
