//! Answers callers that wait for the same thing together, by one query or one transaction.
//!
//! Callers wait in a queue for each key. The first caller of a queue starts a leader. The leader takes all callers that
//! wait by then as one batch, answers them, and takes the next batch. It never waits for a batch to fill: a caller alone is
//! a batch of one. The leader is a task of its own, so that a caller that hangs up does not cost the others their answers.
//! A caller that hangs up before its batch begins is left out of the batch.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::AppError;

/// The queues of waiting callers, by key.
#[derive(Debug)]
pub struct Coalescer<K, A, R> {
    queues: Mutex<HashMap<K, Queue<A, R>>>,
    /// The most callers in a batch.
    max_batch: usize,
    /// The most leaders of a queue, each with a batch under way.
    max_leaders: usize,
}

#[derive(Debug)]
struct Queue<A, R> {
    waiting: VecDeque<Caller<A, R>>,
    leaders: usize,
}

/// What a caller asks, and where its answer goes.
type Caller<A, R> = (A, oneshot::Sender<R>);

impl<K, A, R> Coalescer<K, A, R>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    A: Send + 'static,
    R: Send + 'static,
{
    /// Creates a coalescer for batches of up to `max_batch`, `max_leaders` of a queue at once. With one leader, callers are
    /// answered in the order of their arrival.
    pub fn new(max_batch: usize, max_leaders: usize) -> Self {
        Self { queues: Mutex::default(), max_batch, max_leaders }
    }

    /// Waits in the queue of `key` and returns the answer to `ask`. `work` is called with a batch and returns an answer for
    /// each member, in order.
    ///
    /// # Errors
    /// `internal` if `work` panicked or returned too few answers.
    pub async fn ask<F, W>(self: &Arc<Self>, key: K, ask: A, work: F) -> Result<R, AppError>
    where
        F: Fn(K, Vec<A>) -> W + Send + 'static,
        W: Future<Output = Vec<R>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        if self.enqueue(&key, (ask, sender)) {
            let leader = Leader { coalescer: self.clone(), key, done: false };
            tokio::spawn(leader.lead(work));
        }
        answer
            .await
            .map_err(|_| AppError::Internal(anyhow::anyhow!("a batch ended without this caller's answer")))
    }

    /// How many callers of a key wait for a batch to begin.
    pub fn waiting(&self, key: &K) -> usize {
        self.queues().get(key).map_or(0, |queue| queue.waiting.len())
    }

    /// Whether a batch of a key is under way, or about to begin.
    pub fn is_led(&self, key: &K) -> bool {
        self.queues().contains_key(key)
    }

    /// Adds a caller to its queue; returns whether it has to start a leader.
    fn enqueue(&self, key: &K, caller: Caller<A, R>) -> bool {
        let mut queues = self.queues();
        let queue =
            queues.entry(key.clone()).or_insert_with(|| Queue { waiting: VecDeque::new(), leaders: 0 });
        queue.waiting.push_back(caller);
        let start = queue.leaders < self.max_leaders;
        queue.leaders += usize::from(start);
        start
    }

    /// Takes the next batch of a queue, without callers that hung up. On `None` the calling leader ends.
    fn next(&self, key: &K) -> Option<Vec<Caller<A, R>>> {
        let mut queues = self.queues();
        let queue = queues.get_mut(key)?;
        queue.waiting.retain(|(_, sender)| !sender.is_closed());
        if queue.waiting.is_empty() {
            queue.leaders -= 1;
            if queue.leaders == 0 {
                queues.remove(key);
            }
            return None;
        }
        let size = queue.waiting.len().min(self.max_batch);
        Some(queue.waiting.drain(..size).collect())
    }

    /// Locks the queues, poisoned or not: a panic while the lock is held cannot leave a queue half changed.
    fn queues(&self) -> MutexGuard<'_, HashMap<K, Queue<A, R>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A leader of a queue. Dropping it gives its place free.
struct Leader<K: Eq + Hash, A, R> {
    coalescer: Arc<Coalescer<K, A, R>>,
    key: K,
    done: bool,
}

impl<K, A, R> Leader<K, A, R>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    A: Send + 'static,
    R: Send + 'static,
{
    async fn lead<F, W>(mut self, work: F)
    where
        F: Fn(K, Vec<A>) -> W + Send,
        W: Future<Output = Vec<R>> + Send,
    {
        while let Some(batch) = self.coalescer.next(&self.key) {
            let (asks, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let answers = work(self.key.clone(), asks).await;
            for (sender, answer) in senders.into_iter().zip(answers) {
                // An error means that the caller hung up.
                let _ = sender.send(answer);
            }
        }
        self.done = true;
    }
}

impl<K: Eq + Hash, A, R> Drop for Leader<K, A, R> {
    /// After a panic of the work, or when the runtime ends, the callers that still wait get no answer.
    fn drop(&mut self) {
        if !self.done {
            let mut queues = self.coalescer.queues.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(queue) = queues.get_mut(&self.key) {
                queue.leaders -= 1;
                if queue.leaders == 0 {
                    queues.remove(&self.key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::sync::{Barrier, Semaphore};

    use super::*;

    type Sums = Coalescer<&'static str, u32, (u32, usize)>;

    /// Answers each caller with its number and the size of its batch, once `gate` has a permit for the batch.
    async fn ask(coalescer: &Arc<Sums>, gate: &Arc<Semaphore>, ask: u32) -> Result<(u32, usize), AppError> {
        let gate = gate.clone();
        coalescer
            .ask("key", ask, move |_, batch| {
                let gate = gate.clone();
                async move {
                    gate.acquire().await.unwrap().forget();
                    assert!(!batch.contains(&666), "unlucky");
                    batch.iter().map(|ask| (*ask, batch.len())).collect()
                }
            })
            .await
    }

    /// Waits until `count` callers wait for a batch.
    async fn queued(coalescer: &Arc<Sums>, count: usize) {
        while coalescer.waiting(&"key") != count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn callers_that_come_during_a_batch_form_the_next_and_get_their_own_answers() {
        let (coalescer, gate) = (Arc::new(Sums::new(8, 1)), Arc::new(Semaphore::new(0)));
        let all = join_all((0..20).map(|number| ask(&coalescer, &gate, number)));
        let open = async {
            queued(&coalescer, 12).await;
            gate.add_permits(10);
        };
        let (answers, ()) = tokio::join!(all, open);
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(
            answers.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            (0..20).collect::<Vec<_>>()
        );
        assert_eq!(answers.iter().map(|(_, size)| *size).max(), Some(8), "{answers:?}");
        assert!(!coalescer.is_led(&"key"), "an idle queue is removed");
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_costs_no_other_its_answer() {
        let (coalescer, gate) = (Arc::new(Sums::new(8, 1)), Arc::new(Semaphore::new(0)));
        let spawn = |number| {
            let (coalescer, gate) = (coalescer.clone(), gate.clone());
            tokio::spawn(async move { ask(&coalescer, &gate, number).await })
        };
        // The first caller hangs up during its batch, the second before its batch begins.
        let first = spawn(1);
        while !coalescer.is_led(&"key") {
            tokio::task::yield_now().await;
        }
        queued(&coalescer, 0).await;
        let (second, third) = (spawn(2), spawn(3));
        queued(&coalescer, 2).await;
        first.abort();
        second.abort();
        assert!(first.await.is_err() && second.await.is_err());
        gate.add_permits(10);
        assert_eq!(third.await.unwrap().unwrap(), (3, 1));
    }

    #[tokio::test]
    async fn a_batch_that_panics_fails_all_who_wait_and_frees_the_queue() {
        let (coalescer, gate) = (Arc::new(Sums::new(1, 1)), Arc::new(Semaphore::new(10)));
        let (unlucky, behind) = tokio::join!(ask(&coalescer, &gate, 666), ask(&coalescer, &gate, 1));
        assert!(unlucky.is_err() && behind.is_err());
        assert_eq!(ask(&coalescer, &gate, 2).await.unwrap(), (2, 1));
    }

    #[tokio::test]
    async fn several_leaders_work_at_once() {
        let coalescer: Arc<Coalescer<(), u32, u32>> = Arc::new(Coalescer::new(1, 2));
        let both = Arc::new(Barrier::new(2));
        let meet = |number| {
            let both = both.clone();
            coalescer.ask((), number, move |(), batch| {
                let both = both.clone();
                async move {
                    both.wait().await;
                    batch
                }
            })
        };
        let met = tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(meet(1), meet(2)) });
        let (one, two) = met.await.unwrap();
        assert_eq!((one.unwrap(), two.unwrap()), (1, 2));
    }
}
