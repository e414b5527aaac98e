//! `gym fixtures load FILE`

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use crate::clock::Clock;
use crate::commands::database::Database;
use crate::commands::output::print;
use crate::config::Settings;
use crate::fixtures;
use crate::service::policies::Policies;

#[derive(Debug, Subcommand)]
pub(super) enum Fixtures {
    /// Load a JSON file in one transaction; loading it again updates what it names
    Load {
        /// courses, schedules, accounts, profiles, bookings, with ids 1 to 999,999
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl Fixtures {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let Self::Load { file } = self;
        let name = file.display();
        let text = std::fs::read(file).with_context(|| format!("{name} cannot be read"))?;
        let read =
            fixtures::File::read(&text).with_context(|| format!("{name} is refused, nothing was changed"))?;
        let database = Database::open(settings).await?;
        let outcome = async {
            let clock = Clock::of_the_service(&database.pool).await?;
            let policy = settings.load_policy()?;
            let policies = Policies::at_start(&database.pool, &policy, clock.now()).await?;
            anyhow::Ok(fixtures::load(&database.pool, settings.time_zone, &policies, &read).await?)
        }
        .await;
        database.close().await;
        print(&outcome.with_context(|| format!("{name} is refused, nothing was changed"))?)
    }
}
