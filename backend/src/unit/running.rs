//! The writes that run in this process, and its stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// The writes that run, whether or not their callers still wait, and whether the program stops.
#[derive(Debug, Default)]
pub struct Running {
    count: watch::Sender<usize>,
    is_stopping: AtomicBool,
}

/// The place of a write among those that run, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Running>);

impl Running {
    pub(super) fn enter(self: &Arc<Self>) -> Place {
        self.count.send_modify(|count| *count += 1);
        Place(self.clone())
    }

    /// From now on no write is run again, and no batch is begun.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    /// Waits until no write runs.
    pub async fn ended(&self) {
        // The sender lives as long as `self`.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Place {
    pub(super) fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::SeqCst)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_the_writes_that_run() {
        let running: Arc<Running> = Arc::default();
        running.ended().await;
        let (one, other) = (running.enter(), running.enter());
        running.stop();
        assert!(one.is_stopping());
        drop(one);
        let ended = running.ended();
        tokio::pin!(ended);
        assert!(futures_util::poll!(&mut ended).is_pending());
        drop(other);
        ended.await;
    }
}
