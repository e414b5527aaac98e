//! Keeps a loop running: one that panics is started again, and one that keeps failing ends the program.

use std::time::Duration;

use anyhow::bail;
use tokio::time::Instant;

use crate::service::sweep_runner::Stop;

/// Between the end of a loop and its next start.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
/// A loop that ends this often in a row cannot go on.
const MOST_FAILURES: u32 = 10;
/// A loop that ran this long before it ended has worked: its earlier failures are forgotten.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// Runs the loop that `start` makes until `stop` is set. Where it panics or ends before that, starts it again after
/// `pause`.
pub(crate) async fn supervise<F>(
    name: &'static str,
    stop: &Stop,
    pause: Duration,
    start: impl Fn() -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut failures = 0;
    loop {
        let started = Instant::now();
        let ended = tokio::spawn(start()).await;
        if stop.is_set() {
            return Ok(());
        }
        failures = if started.elapsed() > HEALTHY_AFTER { 1 } else { failures + 1 };
        let why = match ended {
            Ok(()) => "it returned".to_owned(),
            Err(error) => error.to_string(),
        };
        if failures >= MOST_FAILURES {
            bail!("the loop `{name}` ended {failures} times in a row: {why}");
        }
        tracing::error!(sweep = name, failures, why, "a loop ended and is started again");
        metrics::counter!("gym_loop_restarts_total", "sweep" => name).increment(1);
        tokio::select! {
            () = stop.wait() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::watch;

    use super::*;

    #[tokio::test]
    async fn a_loop_that_panics_goes_on() {
        let (tell, told) = watch::channel(false);
        let stop = Stop::new(told);
        let tell = Arc::new(tell);
        let starts = Arc::new(AtomicU32::new(0));
        let start = || {
            let (starts, tell, stop) = (starts.clone(), tell.clone(), stop.clone());
            async move {
                assert!(starts.fetch_add(1, Ordering::SeqCst) >= 2, "a fault");
                tell.send(true).unwrap();
                stop.wait().await;
            }
        };
        supervise("test", &stop, Duration::ZERO, start).await.unwrap();
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_loop_that_cannot_go_on_is_an_error() {
        let error = supervise("test", &Stop::never(), Duration::ZERO, || async { panic!("a fault") }).await;
        assert!(error.unwrap_err().to_string().contains("`test` ended 10 times"));
    }
}
