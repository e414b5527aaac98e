//! At most so many at once for each key: messages to one member, transactions on one class.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A lane for each key that somebody uses now.
#[derive(Debug)]
pub struct Lanes<K> {
    /// Turns in one lane at once.
    width: usize,
    lanes: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// A turn in a lane, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a, K: Clone + Eq + Hash> {
    lanes: &'a Lanes<K>,
    key: K,
    held: Option<OwnedSemaphorePermit>,
}

impl<K: Clone + Eq + Hash> Lanes<K> {
    /// Lanes with `width` turns each.
    pub fn new(width: usize) -> Self {
        Self { width, lanes: Mutex::default() }
    }

    /// Waits, in the order of asking, for a turn in the lane of `key`.
    pub async fn take(&self, key: K) -> Turn<'_, K> {
        let lane =
            self.lanes().entry(key.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.width))).clone();
        // Created before the wait, so that a caller who stops waiting leaves no lane behind.
        let mut turn = Turn { lanes: self, key, held: None };
        // The semaphore is never closed.
        turn.held = lane.acquire_owned().await.ok();
        turn
    }

    /// How many wait for a turn in a lane, or have one, beyond its width.
    pub fn waiting(&self, key: &K) -> usize {
        // The map has one itself.
        self.lanes().get(key).map_or(0, |lane| (Arc::strong_count(lane) - 1).saturating_sub(self.width))
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        self.held = None;
        let mut lanes = self.lanes.lanes();
        // The map's own is the last one: nobody has a turn or waits for one.
        if lanes.get(&self.key).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            lanes.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lane_has_its_width_and_is_forgotten_afterwards() {
        let lanes = Lanes::new(2);
        let (first, second, other) = (lanes.take("a").await, lanes.take("a").await, lanes.take("b").await);
        let third = lanes.take("a");
        tokio::pin!(third);
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        let third = third.await;
        drop((second, third, other));
        assert!(lanes.lanes().is_empty());
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let lanes = Lanes::new(1);
        let first = lanes.take("a").await;
        {
            let second = lanes.take("a");
            tokio::pin!(second);
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        drop(first);
        assert!(lanes.lanes().is_empty());
    }
}
