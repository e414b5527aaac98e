//! Logs and metrics (docs/operations.md lists them). Neither holds personal data or tokens: requests are named by id, routes and accounts by number.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::log_writer;
pub use crate::log_writer::Flush;
use crate::service::Context;
use crate::store::{self, StoreError};

/// How long a scrape waits for the database.
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(2);

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts logging to stderr: `RUST_LOG` filters (default `info`), `GYM_LOG=json` writes one JSON object a line.
///
/// Logging never blocks and never fails: lines that stderr does not take are lost and counted in
/// `gym_log_lines_lost_total`. A panic is logged like any other event. Dropping the answer writes what is still queued.
#[must_use = "queued lines are lost unless this lives until the program ends"]
pub fn start_logs() -> Flush {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let (writer, flush) = log_writer::over(std::io::stderr());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        // It would report a failed write with `eprintln!`, which panics when stderr is what failed.
        .log_internal_errors(false)
        .with_writer(writer);
    // Only a second call fails, and then the first one's logs go on.
    let _ = if std::env::var("GYM_LOG").is_ok_and(|style| style == "json") {
        logs.json().try_init()
    } else {
        logs.try_init()
    };
    // The default hook writes to stderr itself, and would wait for a reader that does not read.
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panicked: {message}");
    }));
    flush
}

/// Starts counting, once per process.
pub fn start_metrics() {
    METRICS.get_or_init(|| {
        let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        // What members and messages take: from at once to hours.
        let human = [1.0, 5.0, 15.0, 60.0, 180.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 14_400.0];
        let mut builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds);
        for name in ["gym_seat_offered_seconds", "gym_offer_answered_seconds", "gym_message_accepted_seconds"]
        {
            builder = builder.and_then(|b| b.set_buckets_for_metric(Matcher::Full(name.to_owned()), &human));
        }
        builder
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|e| tracing::error!(error = %e, "metrics could not be started"))
            .ok()
    });
}

/// Measures the queues, the outbox and the rows that are set aside in the database. A database that is away leaves the last values,
/// and `gym_database_up` at 0.
pub async fn measure(context: &Context) {
    metrics::counter!("gym_log_lines_lost_total").absolute(log_writer::lost());
    context.sweep_ages.measure();
    let measured = tokio::time::timeout(SCRAPE_TIMEOUT, gauges(context)).await;
    if let Ok(Err(error)) = &measured {
        tracing::warn!(%error, "the gauges could not be measured");
    }
    metrics::gauge!("gym_database_up").set(if matches!(measured, Ok(Ok(()))) { 1.0 } else { 0.0 });
}

#[allow(clippy::cast_precision_loss, reason = "counts and spans are far below 2^53")]
async fn gauges(context: &Context) -> Result<(), StoreError> {
    let (pool, now) = (&context.pool, context.clock.now());
    let queues = store::class_session_queue_totals(pool, now).await?;
    metrics::gauge!("gym_queues").set(queues.queues as f64);
    metrics::gauge!("gym_queue_entries", "status" => "waiting").set(queues.waiting as f64);
    metrics::gauge!("gym_queue_entries", "status" => "notified").set(queues.held as f64);
    metrics::gauge!("gym_queue_longest").set(queues.longest as f64);
    let (depth, oldest) = store::outbox_depth(pool, now).await?;
    let age = oldest.map_or(0, |oldest| now.millis_since(oldest));
    metrics::gauge!("gym_outbox_depth").set(depth as f64);
    metrics::gauge!("gym_outbox_age_seconds").set(age.max(0) as f64 / 1000.0);
    metrics::gauge!("gym_sweep_set_aside").set(store::sweep_setback_count(pool).await? as f64);
    Ok(())
}

/// The metrics in Prometheus's text format.
pub fn render() -> String {
    match METRICS.get() {
        Some(Some(handle)) => {
            handle.run_upkeep();
            handle.render()
        }
        _ => String::new(),
    }
}
