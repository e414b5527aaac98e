//! `gym serve`

use std::future::IntoFuture;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::commands::database::Database;
use crate::config::Settings;
use crate::limits::{Limits, Rates};
use crate::service::queue_sweep;
use crate::service::sweep_runner::Stop;
use crate::{App, http, sweeps, telemetry};

/// What is left of the ten seconds of a stop goes to the sweep under way and to the private database.
const DRAIN: Duration = Duration::from_secs(4);
/// After the requests: messages that are under way are waited for this long.
const LAST_SWEEP: Duration = Duration::from_secs(3);

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// A clock that stands still and is moved by calls to /api/v1/dev; for development and tests
    #[arg(long)]
    dev_clock: bool,
    /// Run the background sweeps even under --dev-clock
    #[arg(long)]
    sweeps: bool,
    #[command(flatten)]
    rates: Rates,
}

impl Serve {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        telemetry::start_metrics();
        // Listening to signals from the start: a stop during a long start is not lost.
        let stop = stop_signal()?;
        let database = Database::open(settings).await?;
        let outcome = self.serve(settings, &database, stop).await;
        database.close().await;
        tracing::info!("stopped");
        outcome
    }

    async fn serve(
        &self,
        settings: &Settings,
        database: &Database,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let pool = database.pool.clone();
        let clock = if self.dev_clock { Clock::dev(pool.clone()).await? } else { Clock::real(&pool).await? };
        let limits = Limits::new(&self.rates, self.dev_clock);
        let app = App::build(settings, pool, clock, limits)?;
        queue_sweep::make_due(&app, app.clock.now()).await?;
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("cannot listen on {}", settings.listen))?;
        tracing::info!(address = %listener.local_addr()?, dev_clock = self.dev_clock, "serving");

        let mut background = None;
        if self.sweeps || !self.dev_clock {
            background = Some(tokio::spawn(sweeps::run_until(app.context.clone(), Stop::new(stop.clone()))));
        }
        let drained = stopped(stop.clone());
        let server = axum::serve(listener, http::service(app)).with_graceful_shutdown(drained).into_future();
        let late = async {
            stopped(stop).await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            ended = server => ended?,
            () = late => tracing::warn!("requests were still under way and are cut off"),
        }
        if let Some(background) = background
            && tokio::time::timeout(LAST_SWEEP, background).await.is_err()
        {
            tracing::warn!(
                "a sweep was still under way: its transaction is rolled back, its messages come back"
            );
        }
        Ok(())
    }
}

/// True as soon as the program is asked to stop.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        let _ = tell.send(true);
    });
    Ok(told)
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error: the sender is gone, and with it the program.
    let _ = stop.wait_for(|stop| *stop).await;
}
