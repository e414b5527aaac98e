//! Coalescering: askers who wait for the same thing are answered together, by one query or one transaction.
//!
//! The first asker of a lane starts a leader, which takes all who wait by then, works for them as one batch, and
//! goes on with those who came meanwhile. Nobody waits for a batch to fill: alone, an asker is a batch of one. The
//! leader is a task of its own, so that an asker who hangs up takes nobody's answer along; one who hung up before
//! its batch began is left out of it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::AppError;

/// Lanes of waiting askers, by what they wait for.
#[derive(Debug)]
pub struct Coalescer<K, A, R> {
    lanes: Mutex<HashMap<K, Lane<A, R>>>,
    /// Askers in one batch.
    most: usize,
    /// Batches of one lane that may be under way at once.
    leaders: usize,
}

#[derive(Debug)]
struct Lane<A, R> {
    waiting: VecDeque<Asker<A, R>>,
    leaders: usize,
}

type Asker<A, R> = (A, oneshot::Sender<R>);

impl<K, A, R> Coalescer<K, A, R>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    A: Send + 'static,
    R: Send + 'static,
{
    /// For batches of up to `most`, `leaders` of a lane at once. One leader keeps the order of arrival.
    pub fn new(most: usize, leaders: usize) -> Self {
        Self { lanes: Mutex::default(), most, leaders }
    }

    /// The answer to `ask`, which is worked for in a batch of those who wait in the lane `key`. `work` is handed a
    /// batch and answers each of it, in its order.
    ///
    /// # Errors
    /// `internal` if the batch's work panicked or left the asker out.
    pub async fn ask<F, W>(self: &Arc<Self>, key: K, ask: A, work: F) -> Result<R, AppError>
    where
        F: Fn(K, Vec<A>) -> W + Send + 'static,
        W: Future<Output = Vec<R>> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        if self.wait(&key, (ask, tell)) {
            let leading = Leading { fold: self.clone(), key, done: false };
            tokio::spawn(leading.lead(work));
        }
        told.await
            .map_err(|_| AppError::Internal(anyhow::anyhow!("a batch ended without this asker's answer")))
    }

    /// How many wait in a lane for a batch to begin.
    pub fn waiting(&self, key: &K) -> usize {
        self.lanes().get(key).map_or(0, |lane| lane.waiting.len())
    }

    /// Whether a batch of the lane is under way, or about to be.
    pub fn is_led(&self, key: &K) -> bool {
        self.lanes().contains_key(key)
    }

    /// Queues an asker; whether it has to start a leader.
    fn wait(&self, key: &K, asker: Asker<A, R>) -> bool {
        let mut lanes = self.lanes();
        let lane = lanes.entry(key.clone()).or_insert_with(|| Lane { waiting: VecDeque::new(), leaders: 0 });
        lane.waiting.push_back(asker);
        let start = lane.leaders < self.leaders;
        lane.leaders += usize::from(start);
        start
    }

    /// The next batch of a lane, without those who hung up; none ends the leader that asks.
    fn next(&self, key: &K) -> Option<Vec<Asker<A, R>>> {
        let mut lanes = self.lanes();
        let lane = lanes.get_mut(key)?;
        lane.waiting.retain(|(_, tell)| !tell.is_closed());
        if lane.waiting.is_empty() {
            lane.leaders -= 1;
            if lane.leaders == 0 {
                lanes.remove(key);
            }
            return None;
        }
        let size = lane.waiting.len().min(self.most);
        Some(lane.waiting.drain(..size).collect())
    }

    /// A panic while the lock is held cannot leave a lane half changed.
    fn lanes(&self) -> MutexGuard<'_, HashMap<K, Lane<A, R>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A leader's place in its lane, which ends with it.
struct Leading<K: Eq + Hash, A, R> {
    fold: Arc<Coalescer<K, A, R>>,
    key: K,
    done: bool,
}

impl<K, A, R> Leading<K, A, R>
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
        while let Some(batch) = self.fold.next(&self.key) {
            let (asks, tells): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let answers = work(self.key.clone(), asks).await;
            for (tell, answer) in tells.into_iter().zip(answers) {
                // An error: the asker hung up.
                let _ = tell.send(answer);
            }
        }
        self.done = true;
    }
}

impl<K: Eq + Hash, A, R> Drop for Leading<K, A, R> {
    /// Work that panicked, or a runtime that ends: those who wait behind are told that there is no answer.
    fn drop(&mut self) {
        if !self.done {
            let mut lanes = self.fold.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(lane) = lanes.get_mut(&self.key) {
                lane.leaders -= 1;
                if lane.leaders == 0 {
                    lanes.remove(&self.key);
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

    /// Answers each with itself and the size of its batch, once the gate lets the batch through.
    async fn ask(fold: &Arc<Sums>, gate: &Arc<Semaphore>, ask: u32) -> Result<(u32, usize), AppError> {
        let gate = gate.clone();
        fold.ask("lane", ask, move |_, batch| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                assert!(!batch.contains(&666), "unlucky");
                batch.iter().map(|ask| (*ask, batch.len())).collect()
            }
        })
        .await
    }

    /// Waits until `count` askers wait for a leader.
    async fn queued(fold: &Arc<Sums>, count: usize) {
        while fold.waiting(&"lane") != count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn those_who_come_meanwhile_are_one_batch_and_each_has_its_own_answer() {
        let (fold, gate) = (Arc::new(Sums::new(8, 1)), Arc::new(Semaphore::new(0)));
        let all = join_all((0..20).map(|number| ask(&fold, &gate, number)));
        let open = async {
            queued(&fold, 12).await;
            gate.add_permits(10);
        };
        let (answers, ()) = tokio::join!(all, open);
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(
            answers.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            (0..20).collect::<Vec<_>>()
        );
        assert_eq!(answers.iter().map(|(_, size)| *size).max(), Some(8), "{answers:?}");
        assert!(!fold.is_led(&"lane"), "an idle lane is gone");
    }

    #[tokio::test]
    async fn an_asker_that_hangs_up_takes_nobody_along() {
        let (fold, gate) = (Arc::new(Sums::new(8, 1)), Arc::new(Semaphore::new(0)));
        let spawn = |number| {
            let (fold, gate) = (fold.clone(), gate.clone());
            tokio::spawn(async move { ask(&fold, &gate, number).await })
        };
        // The first leads a batch of its own and is gone before it ends; the second is gone before its batch begins.
        let first = spawn(1);
        while !fold.is_led(&"lane") {
            tokio::task::yield_now().await;
        }
        queued(&fold, 0).await;
        let (second, third) = (spawn(2), spawn(3));
        queued(&fold, 2).await;
        first.abort();
        second.abort();
        assert!(first.await.is_err() && second.await.is_err());
        gate.add_permits(10);
        assert_eq!(third.await.unwrap().unwrap(), (3, 1));
    }

    #[tokio::test]
    async fn a_batch_that_panics_answers_all_who_wait_and_frees_the_lane() {
        let (fold, gate) = (Arc::new(Sums::new(1, 1)), Arc::new(Semaphore::new(10)));
        let (unlucky, behind) = tokio::join!(ask(&fold, &gate, 666), ask(&fold, &gate, 1));
        assert!(unlucky.is_err() && behind.is_err());
        assert_eq!(ask(&fold, &gate, 2).await.unwrap(), (2, 1));
    }

    #[tokio::test]
    async fn several_leaders_work_at_once() {
        let fold: Arc<Coalescer<(), u32, u32>> = Arc::new(Coalescer::new(1, 2));
        let both = Arc::new(Barrier::new(2));
        let meet = |number| {
            let both = both.clone();
            fold.ask((), number, move |(), batch| {
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
