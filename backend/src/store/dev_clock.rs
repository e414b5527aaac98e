//! Table `dev_clock`: where the clock of `gym serve --dev-clock` stands.

use super::{Result, sql};
use logic::Instant;
use sqlx::MySqlExecutor;

/// Says that the service last ran on real time.
pub async fn dev_clock_deactivate(db: impl MySqlExecutor<'_>) -> Result<()> {
    sqlx::query(sql!(dev_clock_deactivate, "UPDATE dev_clock SET active = 0")).execute(db).await?;
    Ok(())
}

/// Says that the service runs on the dev clock, which stands at `now` or where it stood, whichever is later.
pub async fn dev_clock_activate(db: impl MySqlExecutor<'_>, now: Instant) -> Result<()> {
    sqlx::query(sql!(
        dev_clock_activate,
        "INSERT INTO dev_clock (id, stood_at, active) VALUES (1, ?, 1) \
         ON DUPLICATE KEY UPDATE stood_at = GREATEST(stood_at, VALUES(stood_at)), active = 1"
    ))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Where the dev clock stands; `None` if the service last ran on real time.
pub async fn dev_clock_get(db: impl MySqlExecutor<'_>) -> Result<Option<Instant>> {
    let statement = sql!(dev_clock_get, "SELECT stood_at FROM dev_clock WHERE active = 1");
    Ok(sqlx::query_scalar(statement).fetch_optional(db).await?)
}

/// Moves the dev clock.
pub async fn dev_clock_set(db: impl MySqlExecutor<'_>, to: Instant) -> Result<()> {
    let statement = sql!(dev_clock_set, "UPDATE dev_clock SET stood_at = ? WHERE id = 1");
    sqlx::query(statement).bind(to).execute(db).await?;
    Ok(())
}
