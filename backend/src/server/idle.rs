//! Which connections are idle, and since when: the one that has been for longest makes room for a new one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The idle connections, in the order in which they became idle.
#[derive(Default)]
pub(super) struct Idle(Mutex<Order>);

#[derive(Default)]
struct Order {
    next: u64,
    connections: BTreeMap<u64, Arc<Notify>>,
}

impl Idle {
    /// The place of a new connection, which is idle until its first request.
    pub(super) fn place(self: &Arc<Self>) -> Place {
        let place = Place {
            idle: self.clone(),
            leave: Arc::default(),
            since: Mutex::default(),
            had_request: AtomicBool::default(),
        };
        place.idle();
        place
    }

    /// Asks the connection that has been idle longest to leave. It counts as idle no more: the next call asks another.
    pub(super) fn close_longest(&self) {
        if let Some((_, leave)) = self.lock().connections.pop_first() {
            leave.notify_one();
        }
    }

    /// Appends an idle connection; its number in the order.
    fn add(&self, leave: &Arc<Notify>) -> u64 {
        let mut order = self.lock();
        let number = order.next;
        order.next += 1;
        order.connections.insert(number, leave.clone());
        number
    }

    fn remove(&self, number: u64) {
        self.lock().connections.remove(&number);
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among the idle ones.
pub(super) struct Place {
    idle: Arc<Idle>,
    leave: Arc<Notify>,
    /// Its number in the order, while it is idle.
    since: Mutex<Option<u64>>,
    had_request: AtomicBool,
}

impl Place {
    /// The connection waits for its next request.
    pub(super) fn idle(&self) {
        self.remove();
        *self.since() = Some(self.idle.add(&self.leave));
    }

    /// The connection has a request to answer.
    pub(super) fn busy(&self) {
        self.had_request.store(true, Ordering::Relaxed);
        self.remove();
    }

    /// Whether the connection had a request at any time.
    pub(super) fn had_request(&self) -> bool {
        self.had_request.load(Ordering::Relaxed)
    }

    /// Whether the connection waits for a request.
    pub(super) fn is_idle(&self) -> bool {
        self.since().is_some()
    }

    fn remove(&self) {
        if let Some(number) = self.since().take() {
            self.idle.remove(number);
        }
    }

    /// Resolves when the connection is asked to leave.
    pub(super) async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }

    fn since(&self) -> MutexGuard<'_, Option<u64>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a connection was asked to leave.
    async fn was_asked(place: &Place) -> bool {
        tokio::select! {
            biased;
            () = place.asked_to_leave() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_longest_idle_connection_leaves_first_and_a_busy_one_never() {
        let idle = Arc::new(Idle::default());
        let (first, second, third) = (idle.place(), idle.place(), idle.place());
        second.busy();
        first.busy();
        first.idle();
        idle.close_longest();
        assert_eq!((was_asked(&third).await, was_asked(&first).await), (true, false));
        idle.close_longest();
        idle.close_longest();
        assert_eq!((was_asked(&first).await, was_asked(&second).await), (true, false));
    }
}
