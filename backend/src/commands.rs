//! The program's subcommands.

mod account;
mod database;
mod doctor;
mod fixtures;
mod migrate;
mod output;
mod serve;
mod sweep;
mod token;

use clap::{Parser, Subcommand};

use crate::config::Settings;
use crate::{build, telemetry};

/// The service of the gym: classes, waitlists, makeups and class credit.
#[derive(Debug, Parser)]
#[command(name = "gym", version = build::VERSION, about)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service until SIGTERM or Ctrl-C
    Serve(serve::Serve),
    /// Bring the database's schema up to date
    Migrate,
    /// Run what the service does in the background
    Sweep(sweep::Sweep),
    /// Print a token for an account
    Token(token::Token),
    /// List accounts, or give one a role
    #[command(subcommand)]
    Account(account::Account),
    /// Load the timetable, accounts and bookings of a file
    #[command(subcommand)]
    Fixtures(fixtures::Fixtures),
    /// Check settings, key, database, clock and tables, a line each
    Doctor(doctor::Doctor),
}

impl Cli {
    /// Does what was asked for.
    pub async fn run(self) -> anyhow::Result<()> {
        let _flush = telemetry::start_logs();
        let settings = self.settings;
        match self.command {
            Command::Serve(serve) => serve.run(&settings).await,
            Command::Migrate => migrate::run(&settings).await,
            Command::Sweep(sweep) => sweep.run(&settings).await,
            Command::Token(token) => token.run(&settings).await,
            Command::Account(account) => account.run(&settings).await,
            Command::Fixtures(fixtures) => fixtures.run(&settings).await,
            Command::Doctor(doctor) => doctor.run(&settings).await,
        }
    }
}
