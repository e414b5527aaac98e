//! How long ago each sweep last finished.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A sweep stands still if it has not finished for this long beyond three of its intervals.
const ALLOWANCE: Duration = Duration::from_secs(60);

/// When each sweep of this process last finished without an error; empty where no sweeps run.
#[derive(Debug, Default)]
pub struct Ages(Mutex<BTreeMap<&'static str, Finished>>);

#[derive(Clone, Copy, Debug)]
struct Finished {
    at: Instant,
    every: Duration,
}

impl Ages {
    /// Notes when a sweep, which runs at that interval, finished.
    pub fn finished(&self, sweep: &'static str, every: Duration, at: Instant) {
        self.lock().insert(sweep, Finished { at, every });
    }

    /// Sets the gauge `gym_sweep_age_seconds` of each sweep.
    pub fn measure(&self) {
        for (sweep, finished) in self.lock().iter() {
            metrics::gauge!("gym_sweep_age_seconds", "sweep" => *sweep)
                .set(finished.at.elapsed().as_secs_f64());
        }
    }

    /// The names of the sweeps that have not finished for too long.
    pub fn standing_still(&self) -> Vec<&'static str> {
        self.standing_still_at(Instant::now())
    }

    fn standing_still_at(&self, now: Instant) -> Vec<&'static str> {
        let late = |finished: &Finished| now.duration_since(finished.at) > 3 * finished.every + ALLOWANCE;
        self.lock().iter().filter(|(_, finished)| late(finished)).map(|(sweep, _)| *sweep).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Finished>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_has_not_finished_for_long_stands_still() {
        let ages = Ages::default();
        assert!(ages.standing_still().is_empty(), "no sweeps run here");
        let start = Instant::now();
        for sweep in ["outbox", "queues"] {
            ages.finished(sweep, Duration::from_secs(1), start);
        }
        ages.finished("credit", Duration::from_secs(60), start);
        assert!(ages.standing_still_at(start + Duration::from_secs(63)).is_empty());
        // Those that run every second; those that run every minute have three more.
        assert_eq!(ages.standing_still_at(start + Duration::from_secs(64)), ["outbox", "queues"]);
        assert_eq!(ages.standing_still_at(start + Duration::from_secs(4 * 3600)).len(), 3);
    }
}
