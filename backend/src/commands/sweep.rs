//! `gym sweep`

use clap::Args;

use crate::clock::{self, Clock};
use crate::commands::database::Database;
use crate::commands::output::print;
use crate::config::Settings;
use crate::limits::Limits;
use crate::{App, sweeps};

#[derive(Args, Debug)]
pub(super) struct Sweep {
    /// Run every due sweep to its end, print what was done, and stop
    #[arg(long, required = true)]
    once: bool,
}

impl Sweep {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        debug_assert!(self.once, "clap requires it");
        let database = Database::open(settings).await?;
        let outcome = async {
            let clock = Clock::of_the_service(&database.pool).await?;
            let app = App::build(settings, database.pool.clone(), clock, Limits::default()).await?;
            app.vitals.answered(clock::ahead_of_database(&app.pool).await?);
            anyhow::Ok(sweeps::run_all(&app).await?)
        }
        .await;
        database.close().await;
        print(&serde_json::to_string(&outcome?)?)
    }
}
