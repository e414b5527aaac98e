//! What happens without a request. Nothing depends on a sweep being on time: every read or write that touches a
//! session settles it first; a sweep is the same over the sessions that nobody touched. What is due stays due: runs
//! that were missed while the service stood still are caught up by the next one.

mod purge;
pub(crate) mod supervisor;

use crate::error::{AppError, catch_panic};
use crate::service::Context;
use crate::service::sweep_runner::{Counts, Stop, Task, work_through};
use crate::service::{
    call_off, compensation, makeup, outbox, queue, queue_sweep, rights, session_completion,
};
use crate::store;
use futures_util::future::{BoxFuture, try_join_all};
use futures_util::{FutureExt, TryFutureExt};
use logic::Instant;
use logic::ids::{BookingId, GrantId, ProfileId, SessionId, WaitlistId};
use std::time::Duration;

/// One sweep.
pub struct Sweep {
    /// Its name in metrics, logs and `sweep_run`.
    pub name: &'static str,
    /// Between two looks of a running service.
    pub every: Duration,
    /// What it counts.
    pub counts: &'static [&'static str],
    run: for<'a> fn(&'a Context, Instant, &'a Stop) -> BoxFuture<'a, Result<Counts, AppError>>,
}

/// Rows that could not be worked on, in every sweep's counts.
const SET_ASIDE: &str = "set_aside";

/// Every sweep, in the order in which [`run_all`] runs them: what one writes, a later one sends.
pub static SWEEPS: [Sweep; 12] = [
    Sweep {
        name: queue_sweep::QUEUES.name,
        every: Duration::from_secs(1),
        counts: &["expired", "promoted", "closed", "released"],
        run: |context, now, stop| {
            async move {
                let (swept, set_aside) = queue_sweep::process(context, u32::MAX, now, stop).await?;
                Ok(Counts::from([
                    ("expired", swept.expired.into()),
                    ("promoted", swept.promoted.into()),
                    ("closed", swept.closed.into()),
                    ("released", swept.released.into()),
                    (SET_ASIDE, set_aside),
                ]))
            }
            .boxed()
        },
    },
    Sweep {
        name: call_off::CALL_OFFS.name,
        every: Duration::from_secs(1),
        counts: &["called_off"],
        run: |context, now, stop| {
            let work = move |session| {
                let finished = call_off::finish(context, SessionId(session), now, stop);
                finished.map_ok(|progress| progress.given_back).boxed()
            };
            each(context, &call_off::CALL_OFFS, now, stop, "called_off", work).boxed()
        },
    },
    Sweep {
        name: queue::REMINDERS.name,
        every: Duration::from_secs(1),
        counts: &["reminded"],
        run: |context, now, stop| {
            let work = move |entry| queue::remind(context, WaitlistId(entry), now).boxed();
            each(context, &queue::REMINDERS, now, stop, "reminded", work).boxed()
        },
    },
    Sweep {
        name: makeup::WAITED_FOR.name,
        every: Duration::from_secs(10),
        counts: &["makeups_lapsed"],
        run: |context, now, stop| {
            let work = move |session| makeup::lapse(context, SessionId(session), now).boxed();
            each(context, &makeup::WAITED_FOR, now, stop, "makeups_lapsed", work).boxed()
        },
    },
    Sweep {
        name: session_completion::CLASSES.name,
        every: Duration::from_secs(60),
        counts: &["completed"],
        run: |context, now, stop| {
            let work = move |session| session_completion::finish(context, SessionId(session), now).boxed();
            each(context, &session_completion::CLASSES, now, stop, "completed", work).boxed()
        },
    },
    Sweep {
        name: compensation::GRANTS.name,
        every: Duration::from_secs(60),
        counts: &["grants_expired"],
        run: |context, now, stop| {
            let work = move |profile| compensation::expire_of(context, ProfileId(profile), now).boxed();
            each(context, &compensation::GRANTS, now, stop, "grants_expired", work).boxed()
        },
    },
    Sweep {
        name: compensation::ENDING.name,
        every: Duration::from_secs(60),
        counts: &["grants_reminded"],
        run: |context, now, stop| {
            let work = move |grant| compensation::remind(context, GrantId(grant), now).boxed();
            each(context, &compensation::ENDING, now, stop, "grants_reminded", work).boxed()
        },
    },
    Sweep {
        name: "makeup_rights",
        every: Duration::from_secs(60),
        counts: &["rights_fixed"],
        run: |context, _, stop| {
            async move { Ok(Counts::from([("rights_fixed", rights::fix_open(context, stop).await?)])) }
                .boxed()
        },
    },
    Sweep {
        name: makeup::ENDING.name,
        every: Duration::from_secs(60),
        counts: &["makeups_reminded"],
        run: |context, now, stop| {
            let work = move |booking| makeup::remind(context, BookingId(booking), now).boxed();
            each(context, &makeup::ENDING, now, stop, "makeups_reminded", work).boxed()
        },
    },
    Sweep {
        name: makeup::ENDED.name,
        every: Duration::from_secs(60),
        counts: &["makeups_ended"],
        run: |context, now, stop| {
            let work = move |booking| makeup::end_right(context, BookingId(booking), now).boxed();
            each(context, &makeup::ENDED, now, stop, "makeups_ended", work).boxed()
        },
    },
    Sweep {
        name: outbox::TASK,
        every: Duration::from_secs(1),
        counts: &["delivered", "retried", "undeliverable", "failed", "cancelled"],
        run: |context, _, stop| outbox::dispatch(context, stop).boxed(),
    },
    Sweep {
        name: "purge",
        every: Duration::from_secs(60 * 60),
        counts: &[
            "purged_keys",
            "purged_messages",
            "purged_texts",
            "purged_runs",
            "purged_revocations",
            "purged_device_logins",
            "purged_codes",
            "purged_wrong_codes",
        ],
        run: |context, now, stop| purge::purge(context, now, stop).boxed(),
    },
];

/// Does `work` for every row of a task that is due, and counts what it says as `what`.
async fn each<'a, T: Into<u64> + Send>(
    context: &'a Context,
    task: &'static Task,
    now: Instant,
    stop: &'a Stop,
    what: &'static str,
    work: impl Fn(i64) -> BoxFuture<'a, Result<T, AppError>> + Send + Sync,
) -> Result<Counts, AppError> {
    let mut done: u64 = 0;
    let set_aside = work_through(context, task, u32::MAX, now, stop, work, |of_one| {
        done += of_one.into();
        1
    })
    .await?;
    Ok(Counts::from([(what, done), (SET_ASIDE, set_aside)]))
}

/// Runs every sweep once, to its end, and adds up what they did: every count that there is, zeros included. One that
/// fails does not keep the others from running.
///
/// # Errors
/// `unavailable` where nothing can be decided now; else the first failure, after all have run.
pub async fn run_all(context: &Context) -> Result<Counts, AppError> {
    context.vitals.check()?;
    let context = &context.for_sweeps();
    let mut all = Counts::from([(SET_ASIDE, 0)]);
    let mut failure = None;
    for sweep in &SWEEPS {
        all.extend(sweep.counts.iter().map(|name| (*name, 0)));
        match sweep.run(context, &Stop::never()).await {
            Ok(counts) => counts.into_iter().for_each(|(name, n)| *all.entry(name).or_insert(0) += n),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(all), Err)
}

/// Runs the sweeps again and again, each at its own pace, until `stop` is set. One that fails is logged and tried
/// again with the next look.
///
/// # Errors
/// A sweep's loop cannot go on; names it.
pub async fn run_until(context: Context, stop: Stop) -> anyhow::Result<()> {
    // Ages count from now on, as if every sweep had just finished.
    let now = tokio::time::Instant::now();
    SWEEPS.iter().for_each(|sweep| context.sweep_ages.finished(sweep.name, sweep.every, now));
    let context = context.for_sweeps();
    let supervised = SWEEPS.iter().map(|sweep| {
        let (context, stop) = (&context, &stop);
        supervisor::supervise(sweep.name, stop, supervisor::PAUSE, move || {
            repeat(sweep, context.clone(), stop.clone())
        })
    });
    try_join_all(supervised).await.map(drop)
}

/// Runs one sweep at its pace until `stop` is set.
async fn repeat(sweep: &'static Sweep, context: Context, stop: Stop) {
    let mut ticks = tokio::time::interval(sweep.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stop.wait() => return,
            _ = ticks.tick() => {}
        }
        // Nothing can be done, or nothing on time; the watch says so.
        if context.vitals.check().is_err() {
            continue;
        }
        // A failure is logged and counted there.
        if sweep.run(&context, &stop).await.is_ok() {
            context.sweep_ages.finished(sweep.name, sweep.every, tokio::time::Instant::now());
        }
    }
}

impl Sweep {
    /// Runs it once at the service's now, and says in the log, the metrics and `sweep_run` what it did.
    pub async fn run(&self, context: &Context, stop: &Stop) -> Result<Counts, AppError> {
        let now = context.clock.now();
        let started = tokio::time::Instant::now();
        let done = catch_panic((self.run)(context, now, stop)).await;
        metrics::histogram!("gym_sweep_seconds", "sweep" => self.name)
            .record(started.elapsed().as_secs_f64());
        let outcome = if done.is_ok() { "ok" } else { "failed" };
        metrics::counter!("gym_sweeps_total", "sweep" => self.name, "outcome" => outcome).increment(1);
        match &done {
            Ok(counts) => {
                for (what, n) in counts.iter().filter(|(_, n)| **n > 0) {
                    metrics::counter!("gym_swept_total", "sweep" => self.name, "what" => *what).increment(*n);
                }
                if counts.values().all(|n| *n == 0) {
                    return done;
                }
                tracing::info!(sweep = self.name, ?counts, "swept");
            }
            Err(error) => tracing::error!(sweep = self.name, %error, "the sweep failed"),
        }
        if let Err(error) = self.note(context, now, &done).await {
            tracing::error!(sweep = self.name, %error, "the run of the sweep could not be recorded");
        }
        done
    }

    async fn note(
        &self,
        context: &Context,
        started: Instant,
        done: &Result<Counts, AppError>,
    ) -> Result<(), AppError> {
        let (counts, error);
        let done = match done {
            Ok(done) => {
                counts = serde_json::json!(done);
                Ok(counts)
            }
            Err(failed) => {
                error = failed.to_string();
                Err(error.as_str())
            }
        };
        store::sweep_run_insert(&context.pool, self.name, (started, context.clock.now()), done).await?;
        Ok(())
    }
}
