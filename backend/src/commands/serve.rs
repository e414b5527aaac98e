//! `gym serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use clap::builder::BoolishValueParser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::clock::{self, Clock};
use crate::commands::database::Database;
use crate::config::Settings;
use crate::limits::{Limits, Rates};
use crate::server::{self, Connections};
use crate::service::queue_sweep;
use crate::service::sweep_runner::Stop;
use crate::sweeps::supervisor::{PAUSE, supervise};
use crate::{App, build, http, sweeps, telemetry, vitals};

/// How long a stop waits for the requests, the writes and the sweep that are under way. What is left of its ten seconds
/// goes to the private database.
const DRAIN: Duration = Duration::from_secs(8);

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// A clock that stands still and is moved by calls to /api/v1/dev; for development and tests
    #[arg(long)]
    dev_clock: bool,
    /// Take --dev-clock on an address that is not loopback, where anyone who reaches it moves the clock
    #[arg(long)]
    dev_clock_anywhere: bool,
    /// Leave the schema as it is, and do not start where it lacks migrations: needs no right to change tables
    #[arg(long)]
    no_migrate: bool,
    /// Run the background sweeps even under --dev-clock
    #[arg(long)]
    sweeps: bool,
    /// Refuse whatever does not show the edge's secret, but for /healthz and /readyz; needs GYM_EDGE_SECRET
    #[arg(long, env = "GYM_REQUIRE_EDGE", value_parser = BoolishValueParser::new())]
    require_edge: bool,
    /// Where /healthz, /readyz and /metrics answer on a listener of their own; /metrics is then nowhere else
    #[arg(long, env = "GYM_ADMIN_LISTEN", value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// The folder of the desk's page, made by scripts/build-desk: answered under /desk/. Left out: it is not there
    #[arg(long, env = "GYM_DESK", value_name = "DIR")]
    desk: Option<PathBuf>,
    #[command(flatten)]
    rates: Rates,
}

impl Serve {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        self.check(settings)?;
        telemetry::start_metrics();
        // Listening to signals from the start: a stop during a long start is not lost.
        let stop = stop_signal()?;
        let database = if self.no_migrate {
            Database::open_current(settings).await?
        } else {
            Database::open(settings).await?
        };
        let outcome = self.serve(settings, &database, stop).await;
        database.close().await;
        tracing::info!("stopped");
        outcome
    }

    /// Refuses settings that would open the service to strangers.
    fn check(&self, settings: &Settings) -> anyhow::Result<()> {
        if self.dev_clock && !self.dev_clock_anywhere && !settings.listen.ip().is_loopback() {
            bail!(
                "--dev-clock lets anyone log in and move the clock, and {} is not a loopback address: listen on \
                 127.0.0.1, or add --dev-clock-anywhere",
                settings.listen
            );
        }
        if self.require_edge && self.rates.edge_secret.is_none() {
            bail!("GYM_REQUIRE_EDGE needs GYM_EDGE_SECRET: the secret that the edge shows");
        }
        if let Some(desk) = &self.desk
            && !desk.join("index.html").is_file()
        {
            bail!("GYM_DESK: {} has no index.html: build the desk with scripts/build-desk", desk.display());
        }
        Ok(())
    }

    async fn serve(
        &self,
        settings: &Settings,
        database: &Database,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let pool = database.pool.clone();
        let clock = if self.dev_clock { Clock::dev(pool.clone()).await? } else { Clock::real(&pool).await? };
        let limits = Limits::new(&self.rates, self.dev_clock).require_edge(self.require_edge);
        let app = App::build(settings, pool, clock, limits).await?;
        app.vitals.answered(clock::ahead_of_database(&app.pool).await?);
        queue_sweep::make_due(&app, app.clock.now()).await?;
        let listener = listen(settings.listen).await?;
        let (routes, admin) = match self.admin_listen {
            None => (http::service(app.clone()), None),
            Some(address) => {
                let admin = listen(address).await?;
                tracing::info!(address = %admin.local_addr()?, "serving operators");
                (http::service_without_metrics(app.clone()), Some(admin))
            }
        };
        let routes = match &self.desk {
            Some(folder) => routes.merge(http::desk_page(folder)),
            None => routes,
        };
        let connections = Connections::default();
        tracing::info!(
            address = %listener.local_addr()?,
            dev_clock = self.dev_clock,
            connections = connections.most,
            build = build::ID,
            "serving"
        );

        let watch = watch(&app, Stop::new(stop.clone()));
        let mut background = None;
        if self.sweeps || !self.dev_clock {
            background = Some(tokio::spawn(sweeps::run_until(app.context.clone(), Stop::new(stop.clone()))));
        }
        if let Some(listener) = admin {
            // It ends with the program: a request during a stop is still answered.
            tokio::spawn(server::serve(
                listener,
                http::admin(app.clone()),
                Connections::admin(),
                Stop::never(),
            ));
        }
        let drained = async {
            server::serve(listener, routes, connections, Stop::new(stop.clone())).await;
            // Those whose callers have hung up.
            app.running.ended().await;
        };
        let mut until = Instant::now() + DRAIN;
        let late = async {
            stopped(stop.clone()).await;
            app.running.stop();
            until = Instant::now() + DRAIN;
            tokio::time::sleep_until(until).await;
        };
        tokio::select! {
            () = drained => {}
            () = late => tracing::warn!("requests were still under way and are cut off"),
            // The loops end before they are asked to stop only where they cannot go on.
            ended = ended_early(&mut background) => return Err(ended),
            ended = watch => return ended.and(Err(anyhow!("the watch over the database ended"))),
        }
        if let Some(background) = background
            && tokio::time::timeout_at(until, background).await.is_err()
        {
            tracing::warn!(
                "a sweep was still under way: its transaction is rolled back, its messages come back"
            );
        }
        Ok(())
    }
}

/// Watches the database until the program stops.
async fn watch(app: &App, stop: Stop) -> anyhow::Result<()> {
    let database = app.pool.connect_options();
    let vitals = &app.vitals;
    let watch = supervise("watch", &stop, PAUSE, || {
        let (vitals, database) = (vitals.clone(), database.clone());
        async move { vitals::watch(&vitals, &database).await }
    });
    watch.await
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Resolves with the reason if the background loops give up; never if they stop as asked, or were not started.
async fn ended_early(background: &mut Option<JoinHandle<anyhow::Result<()>>>) -> anyhow::Error {
    if let Some(loops) = background {
        match loops.await {
            Ok(Ok(())) => *background = None,
            Ok(Err(error)) => return error,
            Err(error) => return error.into(),
        }
    }
    std::future::pending().await
}

/// True as soon as the program is asked to stop.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // A terminal that closes, or an operator who expects settings to be read again, ends nothing.
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!("SIGHUP is ignored: settings are read when the program starts");
        }
    });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{ACQUIRE_TIMEOUT, LOCK_WAIT_SECONDS, tx::REQUEST_RETRIES};
    use crate::service::call_off::PART;
    use crate::service::sweep_runner::LAST_PART;
    use crate::unit::Timers;

    /// After how long a program that was asked to stop has ended.
    const STOPPED: Duration = Duration::from_secs(10);

    /// The number after `name` in the text of a file.
    fn number(file: &str, name: &str) -> Duration {
        let (_, after) = file.split_once(name).unwrap();
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        Duration::from_millis(digits.parse().unwrap())
    }

    #[test]
    fn limits_of_time_nest_and_are_those_of_the_document() {
        let Timers { transaction, request } = Timers::default();
        let lock = Duration::from_secs(LOCK_WAIT_SECONDS.into());
        let edge = include_str!("../../../edge/src/config.rs");
        let read = number(edge, "DEFAULT_TIMEOUT_MS: u32 = ");
        let write = number(edge, "DEFAULT_WRITE_TIMEOUT_MS: u32 = ");
        let phone = number(include_str!("../../../miniprogram/config.js"), "requestTimeout: ");
        assert!(lock < ACQUIRE_TIMEOUT && ACQUIRE_TIMEOUT < transaction);
        let resolved = transaction + Timers::RESOLUTION;
        assert!(resolved < request && request < write && write < phone && read < write);
        // A write that has begun ends before its program is cut off.
        assert!(resolved < DRAIN && DRAIN < STOPPED);

        let document = include_str!("../../../docs/operations.md");
        let rows = [
            ("a write, as the edge waits for it; as the mini-program does", vec![write, phone]),
            ("a read, as the edge waits for it", vec![read]),
            ("whole request, the resolution of a COMMIT included", vec![request]),
            ("transaction of a request with all its attempts", vec![transaction, lock]),
            ("`process-expiry`", vec![transaction - LAST_PART]),
            ("calling a class off", vec![transaction - LAST_PART]),
            ("wait for a connection to the database", vec![ACQUIRE_TIMEOUT]),
            ("wait for a row's lock", vec![lock]),
            ("a stop", vec![DRAIN, STOPPED]),
        ];
        let row =
            |name: &str| document.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        for (name, spans) in rows {
            for span in spans {
                assert!(row(name).contains(&format!(" {} s", span.as_secs())), "{name}: {span:?}");
            }
        }
        let retries = format!("run again at most {REQUEST_RETRIES} times");
        assert!(row("transaction of a request with all its attempts").contains(&retries));
        assert!(row("calling a class off").contains(&format!("what {PART} bookings cost")));
    }
}
