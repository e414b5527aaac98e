//! The results of a measurement.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::gym::Spent;

/// When one connection sends its requests: one after the other, or at a share of a given rate.
#[derive(Debug)]
pub(crate) struct Turns {
    until: Instant,
    due: Option<Instant>,
    step: Duration,
}

impl Turns {
    /// The turns of as many connections, from `began` on, which together send `rate` requests a second.
    #[allow(clippy::cast_precision_loss, reason = "a handful of connections")]
    pub(crate) fn shared(began: Instant, span: Duration, rate: Option<f64>, connections: usize) -> Vec<Self> {
        let step = rate.map(|rate| Duration::from_secs_f64(connections as f64 / rate));
        let turns = (0..connections).map(|index| Self {
            until: began + span,
            due: step.map(|step| began + step.mul_f64(index as f64 / connections as f64)),
            step: step.unwrap_or_default(),
        });
        turns.collect()
    }

    /// Waits for the next turn; `None` at the end. Returns since when the request counts: with a rate since it was due, so
    /// that a slow answer delays the next request.
    pub(crate) async fn next(&mut self) -> Option<Instant> {
        let due = self.due;
        if let Some(due) = due {
            tokio::time::sleep_until(due).await;
            self.due = Some(due + self.step);
        }
        let now = Instant::now();
        (now < self.until).then(|| due.unwrap_or(now))
    }
}

/// The counts of one connection; those of all connections are added up.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    micros: Vec<u32>,
    failures: BTreeMap<String, u64>,
}

impl Seen {
    /// Records a request with the expected answer.
    pub(crate) fn good(&mut self, taken: Duration) {
        self.micros.push(u32::try_from(taken.as_micros()).unwrap_or(u32::MAX));
    }

    /// Records a request with another answer.
    pub(crate) fn bad(&mut self, what: String) {
        *self.failures.entry(what).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        for (what, times) in other.failures {
            *self.failures.entry(what).or_default() += times;
        }
    }
}

/// A measurement.
#[derive(Debug)]
pub(crate) struct Numbers {
    micros: Vec<u32>,
    failures: BTreeMap<String, u64>,
    took: Duration,
}

impl Numbers {
    /// Adds up the counts of the connections since `began`.
    pub(crate) fn of(all: impl IntoIterator<Item = Seen>, began: Instant) -> Self {
        let took = began.elapsed();
        let mut sum = Seen::default();
        for seen in all {
            sum.add(seen);
        }
        sum.micros.sort_unstable();
        Self { micros: sum.micros, failures: sum.failures, took }
    }

    /// The same.
    ///
    /// # Errors
    /// Not one request was answered as expected: there is nothing to measure.
    pub(crate) fn answered(self) -> anyhow::Result<Self> {
        anyhow::ensure!(!self.micros.is_empty(), "no request was answered as expected: {:?}", self.failures);
        Ok(self)
    }

    /// Prints the rate as a ratio to another rate of the same run.
    pub(crate) fn print_ratio(&self, what: &str, to: &Self) {
        println!("{what:<30}{:>8.2}", self.per_second() / to.per_second());
    }

    /// Prints the p99 as a ratio to another p99 of the same run.
    pub(crate) fn print_p99_ratio(&self, what: &str, to: &Self) {
        println!("{what:<30}{:>8.2}", self.quantile(990) / to.quantile(990));
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of requests are far below 2^53")]
    pub(crate) fn per_second(&self) -> f64 {
        self.micros.len() as f64 / self.took.as_secs_f64()
    }

    /// Returns the latency in milliseconds that `per_mille` thousandths of the requests did not exceed.
    fn quantile(&self, per_mille: usize) -> f64 {
        let at = (self.micros.len() * per_mille / 1000).min(self.micros.len().saturating_sub(1));
        self.micros.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }

    pub(crate) fn head() {
        let columns = ("per s", "p50 ms", "p99 ms", "errors", "gym", "database", "load", "µs of CPU each");
        let (per_s, p50, p99, errors, gym, database, load, each) = columns;
        println!("{:<30}{per_s:>8}{p50:>9}{p99:>9}{errors:>8}{gym:>8}{database:>10}{load:>6} {each}", "");
    }

    pub(crate) fn print(&self, name: &str, before: Spent, after: Spent) {
        let errors: u64 = self.failures.values().sum();
        let [gym, database, load] = after.per_request(before, self.micros.len());
        println!(
            "{name:<30}{:>8.0}{:>9.2}{:>9.2}{errors:>8}{gym:>8.0}{database:>10.0}{load:>6.0}",
            self.per_second(),
            self.quantile(500),
            self.quantile(990)
        );
        for (what, times) in &self.failures {
            println!("  {times} times: {what}");
        }
    }
}
