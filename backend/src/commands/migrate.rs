//! `gym migrate`

use crate::commands::database::Database;
use crate::commands::output::print;
use crate::config::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let database = Database::open(settings).await?;
    database.close().await;
    print(&"the schema is up to date")
}
