//! Logs and metrics. Neither holds personal data or tokens: requests are named by id, routes and accounts by number.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts logging to stderr: `RUST_LOG` filters (default `info`), `GYM_LOG=json` writes one JSON object a line.
pub fn start_logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only a second call fails, and then the first one's logs go on.
    let _ = if std::env::var("GYM_LOG").is_ok_and(|style| style == "json") {
        logs.json().try_init()
    } else {
        logs.try_init()
    };
}

/// Starts counting, once per process.
pub fn start_metrics() {
    METRICS.get_or_init(|| {
        let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|e| tracing::error!(error = %e, "no metrics"))
            .ok()
    });
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
