//! Races on real threads.

use crate::client::Answered;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Barrier;

/// Runs every task on a thread of the runtime; all start at the same time.
///
/// # Panics
/// If a task panics.
pub async fn at_once<T, F>(tasks: Vec<F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let line = Arc::new(Barrier::new(tasks.len()));
    let started = tasks.into_iter().map(|task| {
        let line = Arc::clone(&line);
        tokio::spawn(async move {
            line.wait().await;
            task.await
        })
    });
    join_all(started.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

/// Counts the accepted requests and the refusals by code.
pub fn tally<T>(answers: &[Answered<T>]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        let name = match answer {
            Ok(_) => "ok".to_owned(),
            Err(problem) => format!("{} {}", problem.status, problem.code),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Returns the expected counts of a test.
pub fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}
