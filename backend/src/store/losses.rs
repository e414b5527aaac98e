//! When a connection to the database was last lost. Other connections that were opened before then lead to the same
//! server, which is gone or takes no writes any more.

use super::server_error;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Losses within this time count as one: a server that takes no writes fails every write.
const ONE_LOSS: Duration = Duration::from_secs(1);

static LAST: LazyLock<watch::Sender<Option<Instant>>> = LazyLock::new(|| watch::Sender::new(None));

/// Notes the loss of a connection, if that is what the error says.
pub(super) fn note(error: &sqlx::Error) {
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_)) || server_error::spoils_connection(error) {
        LAST.send_if_modified(|last| {
            let another = last.is_none_or(|last| last.elapsed() > ONE_LOSS);
            if another {
                *last = Some(Instant::now());
            }
            another
        });
    }
}

/// Whether a connection has been lost since one of that age was made.
pub fn loss_since(age: Duration) -> bool {
    LAST.borrow().is_some_and(|last| last.elapsed() < age)
}

/// Changes with each loss.
pub fn losses() -> watch::Receiver<Option<Instant>> {
    LAST.subscribe()
}
