//! What happens without a request. Nothing depends on a sweep being on time: every read or write that touches a
//! session settles it first; a sweep is the same over the sessions that nobody touched.

use crate::App;
use crate::domain::expiry;
use crate::error::AppError;
use logic::Instant;
use logic::api::Swept;
use std::time::Duration;

/// Between two looks of a running service.
const EVERY: Duration = Duration::from_secs(1);

/// Runs every sweep that is due at `now`, to its end.
///
/// # Errors
/// The database's.
pub async fn run_all(app: &App, now: Instant) -> Result<Swept, AppError> {
    expiry::process(app, u32::MAX, now).await
}

/// Runs the sweeps again and again until `stop` resolves. A sweep that fails is logged and tried again with the
/// next look: what is due stays due.
pub async fn run_until(app: App, stop: impl Future<Output = ()>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = ticks.tick() => {}
        }
        match run_all(&app, app.clock.now()).await {
            Ok(swept) if swept.expired + swept.promoted + swept.closed > 0 => {
                tracing::info!(
                    expired = swept.expired,
                    promoted = swept.promoted,
                    closed = swept.closed,
                    released = swept.released,
                    "swept"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
    }
}
