//! Table `read_epoch`: part of every version that a conditional read compares.

use super::{Conn, Result, sql};

/// Begins another epoch, which makes every earlier version stale.
pub async fn read_epoch_renew(conn: &mut Conn, epoch: &str) -> Result<()> {
    let statement = sql!(read_epoch_renew, "UPDATE read_epoch SET epoch = ?");
    sqlx::query(statement).bind(epoch).execute(conn).await?;
    Ok(())
}
